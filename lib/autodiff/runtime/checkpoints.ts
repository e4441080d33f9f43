/**
 * Functions that run again in the reverse sweep, instead of staying on the tape.
 *
 * In the forward run the function is recorded like any other, and then its statements are cut off the tape. What stays
 * is a copy of its arguments, and one new statement for each active number that it returned. When the reverse sweep
 * arrives there, all later statements are done with: the function runs again and is recorded in their place, and this
 * part of the tape is swept and cut off.
 * @module
 */
import { Block, state } from "./active.ts";
import { call } from "./calls.ts";
import { Outputs } from "./checkpoint_outputs.ts";
import { hasActive } from "./deep.ts";
import { failRun, laterPlace } from "./not_followed.ts";
import { shadowOf } from "./shadows.ts";
import { arraysIn, putBack, snapshot } from "./snapshot.ts";
import { type Bars, checksum, extendBars, sweepNow, T, truncate } from "./tape.ts";
import { sliceOf } from "./views.ts";

type Callable = (...args: unknown[]) => unknown;

/** Calls a function that `checkpoint` was given. */
export function callCheckpoint(f: Callable, self: unknown, args: unknown[]): unknown {
  // A tape that is read forwards needs all statements.
  if (state.mode !== "backwards" || !(hasActive(args) || hasActive(self))) return call(f, self, args);
  const place = laterPlace("checkpoint");
  // Copies, for the function may change the arrays that it is given.
  const { copy: given, uncopied } = snapshot<readonly [unknown, unknown[]]>([self, args]);
  const contents = uncopied.map((array) => sliceOf(array));
  const { n, m, used: usedBefore } = T;
  const first = record(f, self, args, place);
  const { values } = first.outputs, used = first.outputs.statements(m);
  truncate(n, m);
  T.used = checksum(usedBefore, [used]);
  first.block.state = "discarded";
  const ids = first.outputs.renumber();
  if (ids.length > 0) T.events.push({ from: n, at: T.n, back });
  return first.result;

  function back(bars: Bars): void {
    const { width } = bars;
    const seeds = ids.map((id) => bars.data.slice(id * width, (id + 1) * width));
    if (seeds.every((seed) => seed.every((bar) => bar === 0))) return;
    const { block, outputs } = again();
    if (!Object.is(outputs.values, values) || outputs.statements(m) !== used) {
      throw failRun(
        new TypeError(
          `${place()}: a function given to checkpoint(…) computes with other numbers when it runs again; it may depend on ` +
            "its arguments only",
        ),
      );
    }
    extendBars(bars, n);
    for (const [k, id] of outputs.ids.entries()) {
      for (let c = 0; c < width; c++) bars.data[id * width + c]! += seeds[k]![c]!;
    }
    sweepNow(bars, n);
    truncate(n, m);
    block.state = "discarded";
  }

  /** Runs the function again, with what it was given at first. It is recorded in the place of the later statements. */
  function again(): Recorded {
    truncate(n, m);
    const [self, args] = snapshot(given).copy;
    const changed = uncopied.map((array) => sliceOf(array));
    putBack(uncopied, contents);
    try {
      return record(f, self, args, place);
    } finally {
      putBack(uncopied, changed);
    }
  }
}

interface Recorded {
  readonly block: Block;
  readonly outputs: Outputs;
  /** What the function returned, for the code around it. */
  readonly result: unknown;
}

/** Runs the function in a block of its own; meanwhile the arrays that it is given belong to that block. */
function record(f: Callable, self: unknown, args: unknown[], place: () => string): Recorded {
  const outer = state.block, block = new Block(), outputs = new Outputs(block, T.n, place);
  const arrays = arraysIn([self, args]);
  // An array of a block further out stays there: storing an active number in it throws.
  const taken = arrays.filter((array) =>
    shadowOf(array).memory.b === outer || shadowOf(array).memory.b.state === "over"
  );
  block.outer = outer;
  state.block = block;
  T.used = 0;
  for (const array of taken) shadowOf(array).memory.b = block;
  let result: unknown;
  try {
    result = call(f, self, args);
    if (result instanceof Promise) {
      throw failRun(new TypeError(`${place()}: a function given to checkpoint(…) may not be asynchronous`));
    }
  } finally {
    state.block = outer;
    for (const array of taken) shadowOf(array).memory.b = outer;
  }
  return { block, outputs, result: outputs.take(result, [self, ...args], arrays) };
}
