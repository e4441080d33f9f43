/**
 * How a worker is started: by the program itself.
 * @module
 */

/** The hidden command of a compiled program; `WorkerSettings` and `ConnectionPaths` follow, as JSON. */
export const WORKER_COMMAND = "worker";

/** The main module of a worker otherwise: it does not load the command line, which would take time. */
const MAIN = new URL("../worker/main.ts", import.meta.url).href;

/**
 * The command line of a worker with these settings, but for the last argument (`ConnectionPaths`).
 *
 * A compiled program starts itself. Otherwise Deno runs `worker/main.ts`, with the options that a child process does not
 * inherit: the permissions, and the deno.json in which the imports of this project are looked up.
 */
export function workerCommand(settings: unknown): string[] {
  const args = [JSON.stringify(settings)];
  if (Deno.build.standalone) return [Deno.execPath(), WORKER_COMMAND, ...args];
  const config = new URL("../../../deno.json", import.meta.url);
  const configArgs = config.protocol === "file:" ? ["--config", decodeURIComponent(config.pathname)] : [];
  return [Deno.execPath(), "run", "-A", "--quiet", ...configArgs, MAIN, ...args];
}
