/**
 * Numbers that depend on an input.
 * @module
 */
import { notFollowed } from "./not_followed.ts";
import { record1, record2 } from "./tape.ts";

/** A run of the copy, or the part of one inside a function given to `checkpoint`. */
export class Block {
  /** `over`: what is left of it is a constant; `discarded`: it will be computed again, and may not be used elsewhere. */
  state: "live" | "over" | "discarded" = "live";
  /** An array that was made in a block, and never had an active element, has the block in the place of a shadow. */
  readonly t: null = null;
}

/** Which way derivatives go, and the block that is running: one that is over, where none is. */
export const state: { backward: boolean; block: Block } = { backward: false, block: over() };

function over(): Block {
  const block = new Block();
  block.state = "over";
  return block;
}

/** A number that depends on an input. It is never given to what is not followed; reading it as a plain number throws. */
export class Active {
  constructor(
    readonly v: number,
    /** Forwards its tangent, backwards the number of its statement on the tape. */
    readonly d: number,
    readonly b: Block,
  ) {}

  // All ways in which JavaScript turns an object into something else.
  [Symbol.toPrimitive](): never {
    throw notFollowed("is read as a plain number or text here");
  }
  valueOf(): never {
    throw notFollowed("is read as a plain number here");
  }
  toString(): never {
    throw notFollowed("is turned into text here");
  }
  toLocaleString(): never {
    throw notFollowed("is turned into text here");
  }
  toFixed(): never {
    throw notFollowed("is turned into text here");
  }
  toPrecision(): never {
    throw notFollowed("is turned into text here");
  }
  toExponential(): never {
    throw notFollowed("is turned into text here");
  }
  toJSON(): never {
    throw notFollowed("is written as JSON here");
  }
}

/** A number of the copy. */
export type Value = number | Active;

/** The derivative part of an active number; 0 where it is one of an earlier run, which is a constant by now. */
export function partOf(a: Active): number {
  return a.b === state.block || a.b.state === "live" ? a.d : partOfOther(a.b);
}

export function partOfOther(block: Block): number {
  if (block.state === "over") return 0;
  throw notFollowed(
    "that was computed inside a function given to checkpoint(…) is used outside of it",
    "let the function return it",
  );
}

/** A number of value `v` whose derivative by `a` is `p`. */
export function lift1(a: Active, v: number, p: number): Value {
  const d = partOf(a);
  if (d === 0 || p === 0) return v;
  const { backward, block } = state;
  return new Active(v, backward ? record1(d, p) : p * d, block);
}

/** A number of value `v` whose derivatives by `a` and `b` are `p` and `q`. */
export function lift2(a: Active, b: Active, v: number, p: number, q: number): Value {
  const d = partOf(a), e = partOf(b);
  if (d === 0) return e === 0 ? v : lift1(b, v, q);
  if (e === 0) return lift1(a, v, p);
  const { backward, block } = state;
  return new Active(v, backward ? record2(d, p, e, q) : p * d + q * e, block);
}

/** The value without derivative; whatever is no number as it is. */
export function strip(x: unknown): unknown {
  return x instanceof Active ? x.v : x;
}
