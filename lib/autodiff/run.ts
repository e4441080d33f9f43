/**
 * A run of the copy: inputs with derivatives go in, outputs with derivatives come out.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { copyOf } from "./copy.ts";
import { Block, state } from "./runtime/active.ts";
import { call, sink } from "./runtime/calls.ts";
import { setKind } from "./runtime/kinds.ts";
import { clearTape } from "./runtime/tape.ts";

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
  const { apply, self } = await copyOf(module);
  const block = new Block();
  state.backward = backward;
  state.block = block;
  clearTape();
  try {
    return await use(await call(apply, self, [seeded(), contextOf(context)]));
  } finally {
    block.state = "over";
    state.block = block;
    clearTape();
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
