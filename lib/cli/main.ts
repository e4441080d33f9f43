/**
 * The program as a process.
 * @module
 */
import { processIo } from "./process_io.ts";
import { runProgram } from "./program.ts";

/**
 * Runs the program with the arguments of this process, and ends the process. What the user module left running does
 * not keep it alive.
 *
 * An interrupt ends the process by the signal itself, which shells report as 130: a handler in JavaScript would not
 * run while user code computes.
 */
export async function main(): Promise<never> {
  const io = processIo();
  return io.exit(await runProgram(Deno.args, { io, env: (name) => Deno.env.get(name), cwd: Deno.cwd() }));
}
