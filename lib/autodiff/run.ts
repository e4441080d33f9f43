/**
 * A run of the copy: inputs with derivatives go in, outputs with derivatives come out.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { copyOf, reconsider } from "./copy.ts";
import { Block, state } from "./runtime/active.ts";
import { call, sink } from "./runtime/calls.ts";
import { setKind } from "./runtime/kinds.ts";
import { again } from "./runtime/start_again.ts";
import { beginTape, endTape } from "./runtime/tape.ts";

let last: Promise<unknown> = Promise.resolve();

/** Runs derivatives one after the other: the tape is one. */
export function inTurn<T>(compute: () => Promise<T>): Promise<T> {
  const result = last.then(compute);
  last = result.catch(() => {});
  return result;
}

/** Runs the copy of `apply`, and gives what `use` makes of its outputs while they are alive. */
export async function run<T>(
  module: TesseractModule,
  backward: boolean,
  seeded: () => unknown,
  context: unknown,
  use: (outputs: unknown) => T | Promise<T>,
): Promise<T> {
  for (;;) {
    again.reason = undefined;
    let result: T | undefined, failure: unknown, failed = false;
    try {
      result = await runOnce(module, backward, seeded, context, use);
    } catch (error) {
      [failure, failed] = [error, true];
    }
    // An author's code may have caught it.
    const { reason } = again;
    if (reason !== undefined) reconsider(module, reason);
    else if (failed) throw failure;
    else return result as T;
  }
}

async function runOnce<T>(
  module: TesseractModule,
  backward: boolean,
  seeded: () => unknown,
  context: unknown,
  use: (outputs: unknown) => T | Promise<T>,
): Promise<T> {
  const { apply, self } = await copyOf(module, backward);
  const block = new Block();
  state.backward = backward;
  state.block = block;
  beginTape();
  try {
    return await use(await call(apply, self, [seeded(), contextOf(context)]));
  } finally {
    block.state = "over";
    state.block = block;
    // A tape that was too small says nothing of the next.
    if (again.reason === undefined) endTape();
  }
}

/** The context, whose functions may be given active numbers: they write their values down. */
function contextOf(context: unknown): unknown {
  if (typeof context !== "object" || context === null) return context;
  const followed = Object.create(context);
  for (const key in context) {
    const f = (context as Record<string, unknown>)[key];
    if (typeof f !== "function") continue;
    const bound = f.bind(context);
    setKind(bound, sink(bound));
    Object.defineProperty(followed, key, { value: bound, enumerable: true });
  }
  return followed;
}
