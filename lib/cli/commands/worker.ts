import { runWorker } from "../../workers/worker.ts";
import type { Invocation } from "../invocation.ts";

/** `worker`: the process that a server calls the user's functions in. */
export async function worker(this: Invocation, _flags: unknown, ...args: string[]): Promise<void> {
  await runWorker(args);
}
