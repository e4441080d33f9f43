/**
 * A run of the copy, from inputs with derivative parts to outputs with derivative parts.
 * @module
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import type { TesseractModule } from "../api/tesseract.ts";
import { keepsState, loadCopy, reconsider, setOf } from "./copy.ts";
import { Block, type Mode, state } from "./runtime/active.ts";
import { call, sink } from "./runtime/calls.ts";
import { clearCurvature } from "./runtime/curvature.ts";
import { reveal } from "./runtime/kept_errors.ts";
import { setKind } from "./runtime/kinds.ts";
import { again, beginAgain, KEEPS_STATE } from "./runtime/start_again.ts";
import { beginTape, endTape } from "./runtime/tape.ts";

/**
 * A run begins again when a copy of the code does not fit its values, or the tape is too short. It ends far below this
 * number, since each time less of the code is specialised, or the tape is longer.
 */
const MOST_RUNS = 200;

let last: Promise<unknown> = Promise.resolve();

/** Set in code that runs while a derivative waits for another Tesseract. Made when first needed: it loads slowly. */
let forAnother: AsyncLocalStorage<true> | undefined;

/** Asks another Tesseract for derivatives that a run needs. */
export async function askAnother<T>(ask: () => T): Promise<Awaited<T>> {
  forAnother ??= new (await import("node:async_hooks")).AsyncLocalStorage<true>();
  return await forAnother.run(true, ask);
}

/**
 * Runs derivatives one after the other, for there is one tape. A derivative that waited here for one of another
 * Tesseract in the same process would wait for ever, so that is refused.
 */
export function inTurn<T>(compute: () => Promise<T>): Promise<T> {
  if (forAnother?.getStore()) {
    return Promise.reject(
      new Error(
        'the derivatives of a Tesseract with derivatives: "auto" are asked for by those of another one in the same ' +
          "process; serve it, and connect to its address",
      ),
    );
  }
  const result = last.then(compute);
  last = result.catch(() => {});
  return result;
}

/**
 * Runs the copy of `apply` and returns the result of `use`, which reads the outputs while their block is live.
 * `inputPaths`: the differentiated inputs.
 */
export async function run<T>(
  module: TesseractModule,
  mode: Mode,
  seeded: () => unknown,
  context: unknown,
  use: (outputs: unknown) => T | Promise<T>,
  inputPaths: Iterable<string> = [],
): Promise<T> {
  const by = setOf(inputPaths), backward = mode !== "forwards", twice = mode === "twice";
  const runOnce = async (): Promise<T> => {
    const { apply, self } = await loadCopy(module, twice ? "dynamic" : backward ? "backward" : "forward", by);
    again.keepsState = await keepsState(module, []);
    const block = new Block();
    Object.assign(state, { mode, backward, twice, block });
    beginTape();
    clearCurvature();
    try {
      return await use(await call(apply, self, [seeded(), contextOf(context)]));
    } finally {
      block.state = "over";
      state.block = block;
      // How much of the tape an interrupted run used says nothing about the next.
      if (again.reason === undefined) endTape();
      clearCurvature();
    }
  };
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    beginAgain();
    let result: T | undefined, failure: unknown, failed = false;
    try {
      result = await runOnce();
    } catch (error) {
      [failure, failed] = [error, true];
    }
    // Not only what was caught above counts: the author's code may have caught an error of the run itself.
    const { reason, failure: first } = again;
    if (reason !== undefined) {
      reconsider(module, reason);
      // A module that keeps state is recorded on a tape instead (derivatives.ts).
      if (reason.where === KEEPS_STATE && mode === "forwards") throw reason;
    } else if (first === undefined && !failed) return result as T;
    else {
      const error = first === undefined ? failure : first.error;
      reveal(error);
      throw error;
    }
  }
  throw new Error(
    `the derivatives of ${module.file} were begun ${MOST_RUNS} times, and every time needed another copy of the code; ` +
      "this is a fault of the runtime: please report it",
  );
}

/** The context with functions that accept active values: they are passed the plain ones. */
function contextOf(context: unknown): unknown {
  if (typeof context !== "object" || context === null) return context;
  // What a run writes there is gone when it begins again.
  const written = new Map<PropertyKey, unknown>();
  return new Proxy(context, {
    set: (_target, name, value) => (written.set(name, value), true),
    get(_target, name) {
      if (written.has(name)) return written.get(name);
      const value = (context as Record<PropertyKey, unknown>)[name];
      if (typeof value !== "function") return value;
      const bound = value.bind(context);
      setKind(bound, sink(bound));
      return bound;
    },
  });
}
