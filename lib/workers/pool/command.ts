/**
 * How a worker is started: by the program itself.
 * @module
 */

/** The hidden command of a compiled program; the worker's settings and its links to the server follow, as JSON. */
export const WORKER_COMMAND = "worker";

/** What a worker runs otherwise: it has no use for a command line, which takes time to make. */
const MAIN = new URL("../worker/main.ts", import.meta.url).href;

/**
 * The command line of a worker with these settings, but for the last argument (`Links`).
 *
 * A compiled program is its own executable. Otherwise Deno runs a main module of workers' own, and what it would not
 * inherit is said here: the permissions, and where the imports of this project are looked up.
 */
export function workerCommand(settings: unknown): string[] {
  const args = [JSON.stringify(settings)];
  if (Deno.build.standalone) return [Deno.execPath(), WORKER_COMMAND, ...args];
  const config = new URL("../../../deno.json", import.meta.url);
  const configArgs = config.protocol === "file:" ? ["--config", decodeURIComponent(config.pathname)] : [];
  return [Deno.execPath(), "run", "-A", "--quiet", ...configArgs, MAIN, ...args];
}
