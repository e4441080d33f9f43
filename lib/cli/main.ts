import { importLater } from "../import_later.ts";
import { WORKER_COMMAND } from "../workers/pool/command.ts";
import { exitCodeOfInterrupt } from "./interrupt.ts";
import { processIo } from "./io/process_io.ts";
import { runProgram } from "./program.ts";

/**
 * Runs the program with the arguments of this process. Ends the process, even if the user module has left timers or the
 * like running. `defaults` replaces variables that are missing or empty in the environment: a compiled component finds
 * its user module by them.
 *
 * Ctrl-C ends the process by SIGINT itself, which shells report as exit code 130, unless user code has used the
 * `AbortSignal` of its context: interrupt.ts says why.
 */
export async function main(defaults: Readonly<Record<string, string | undefined>> = {}): Promise<never> {
  const [command, ...args] = Deno.args;
  // A compiled server starts its workers with this command.
  if (Deno.build.standalone && command === WORKER_COMMAND) {
    const { runWorker } = await importLater<typeof import("../workers/worker/worker.ts")>("workers/worker/worker.ts");
    await runWorker(args);
    Deno.exit();
  }
  const io = processIo();
  const env = (name: string) => Deno.env.get(name) || defaults[name];
  const code = await runProgram(Deno.args, { io, env, cwd: Deno.cwd() });
  return io.exit(exitCodeOfInterrupt() ?? code);
}
