/**
 * How a worker is started: by the program itself.
 * @module
 */

/** The hidden command; it is followed by the worker's settings as JSON and the path of the socket. */
export const WORKER_COMMAND = "worker";

/**
 * The command line of a worker with these settings, but for the socket.
 *
 * A compiled program is its own executable. Otherwise Deno runs the same main module again, and what it would not
 * inherit is said here: the permissions, and where the imports of this project are looked up.
 */
export function workerCommand(settings: unknown): string[] {
  const args = [WORKER_COMMAND, JSON.stringify(settings)];
  if (Deno.build.standalone) return [Deno.execPath(), ...args];
  const config = new URL("../../deno.json", import.meta.url);
  const configArgs = config.protocol === "file:" ? ["--config", decodeURIComponent(config.pathname)] : [];
  return [Deno.execPath(), "run", "-A", "--quiet", ...configArgs, Deno.mainModule, ...args];
}
