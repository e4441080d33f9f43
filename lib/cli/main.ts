import { importLater } from "../import_later.ts";
import { WORKER_COMMAND } from "../workers/pool/command.ts";
import { exitCodeOfInterrupt } from "./interrupt.ts";
import { processIo } from "./io/process_io.ts";
import { runProgram } from "./program.ts";

/**
 * Runs the program with the arguments of this process, and ends the process, also if the user module has left something
 * running. `defaults` replaces variables that are missing or empty in the environment: a compiled component finds its
 * user module by them.
 *
 * An interrupt ends the process by the signal itself, which shells report as 130, unless user code has asked for the
 * signal of its context (interrupt.ts): a handler in JavaScript would not run while user code computes.
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
