/**
 * Numbers that depend on an input.
 * @module
 */
import { bend } from "./curvature.ts";
import { callerPlace, notFollowed } from "./not_followed.ts";
import { record1, record2, STALE, T } from "./tape.ts";

/** A run of the copy, or the part of one inside a function given to `checkpoint`. */
export class Block {
  /**
   * `over`: the outputs may not depend on what is left of it; `discarded`: it will be computed again, and may not be used
   * elsewhere; `closed`: a function that nothing is followed in is running, and may not use it.
   */
  state: "live" | "over" | "discarded" | "closed" = "live";
  /** For a part of a run: in what. */
  outer: Block | undefined;
  /** An array that was made in a block, and never had an active element, has the block in the place of a shadow. */
  readonly t: null = null;
}

/**
 * How derivatives are computed: `forwards` beside the values, by tangents; or from a tape, which is read `backwards`,
 * `forwards on tape`, or `twice`: forwards and backwards, with second derivatives (curvature.ts).
 */
export type Mode = "forwards" | "backwards" | "forwards on tape" | "twice";

/** The mode, whether it has a tape, and the block that is running: one that is over, where none is. */
export const state: { mode: Mode; backward: boolean; twice: boolean; block: Block } = {
  mode: "forwards",
  backward: false,
  twice: false,
  block: over(),
};

function over(): Block {
  const block = new Block();
  block.state = "over";
  return block;
}

export const V: unique symbol = Symbol("value"),
  D: unique symbol = Symbol("derivative"),
  B: unique symbol = Symbol("block");

/** A number that depends on an input. It is never given to what is not followed; reading it as a plain number throws. */
export class Active {
  // The author's code sees no names of them, as a number has none.
  /** Its value. */
  readonly [V]: number;
  /** Forwards its tangent, backwards the number of its statement on the tape. */
  readonly [D]: number;
  readonly [B]: Block;

  constructor(v: number, d: number, b: Block) {
    this[V] = v;
    this[D] = d;
    this[B] = b;
  }

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

/** All other members are those of a number: there are no more, and none can be added. */
const members = new Proxy({}, {
  get: (_target, name) => (Number.prototype as unknown as Record<PropertyKey, unknown>)[name],
  set(_target, name) {
    throw new TypeError(`Cannot create property '${String(name)}' on a number`);
  },
  has(_target, name) {
    throw new TypeError(`Cannot use 'in' operator to search for '${String(name)}' in a number`);
  },
});
Object.setPrototypeOf(Active.prototype, members);
Object.defineProperty(Active.prototype, "constructor", { value: Number });
Object.freeze(Active.prototype);

/** A number of the copy. */
export type Value = number | Active;

/** The derivative part of an active number. */
export function partOf(a: Active): number {
  return a[B] === state.block || a[B].state === "live" ? a[D] : partOfOther(a[B]);
}

export function partOfOther(block: Block): number {
  if (block.state === "over") return staleDerivative();
  if (block.state === "closed") {
    throw notFollowed(
      "is used by a function of customDerivative(…) that was not given it",
      "pass it as an argument",
    );
  }
  throw notFollowed(
    "that was computed inside a function given to checkpoint(…) is used outside of it",
    "let the function return it",
  );
}

/**
 * The part of what an earlier call computed, and the module kept: how it depends on inputs is forgotten. It is an error
 * only if the outputs depend on it, which is seen in the end: by the cotangent of this statement, or by the NaN.
 */
export function staleDerivative(): number {
  T.stalePlace ??= callerPlace() ?? "apply";
  return state.backward ? STALE : NaN;
}

/** Runs a function in which nothing is followed: using what is active throws. What it gives is plain. */
export function withoutDerivatives<R>(compute: () => R): R {
  const outer = state.block, inner = new Block(), closed: Block[] = [];
  for (let block: Block | undefined = outer; block; block = block.outer) {
    if (block.state === "live") closed.push(block);
  }
  for (const block of closed) block.state = "closed";
  state.block = inner;
  try {
    return compute();
  } finally {
    state.block = outer;
    for (const block of closed) block.state = "live";
    inner.state = "over";
  }
}

/** A number of value `v` whose derivative by `a` is `p`, and whose second derivative `aa`. */
export function lift1(a: Active, v: number, p: number, aa = 0): Value {
  const d = partOf(a);
  const { backward, twice, block } = state;
  if (d === 0 || (p === 0 && !(twice && aa !== 0))) return v;
  const part = backward ? record1(d, p) : p * d;
  if (twice && aa !== 0) bend(part, aa, 0, 0);
  return new Active(v, part, block);
}

/** A number of value `v` whose derivatives by `a` and `b` are `p` and `q`, and whose second derivatives `aa`, `ab`, `bb`. */
export function lift2(a: Active, b: Active, v: number, p: number, q: number, aa = 0, ab = 0, bb = 0): Value {
  const d = partOf(a), e = partOf(b);
  if (d === 0) return e === 0 ? v : lift1(b, v, q, bb);
  if (e === 0) return lift1(a, v, p, aa);
  const { backward, twice, block } = state;
  const part = backward ? record2(d, p, e, q) : p * d + q * e;
  if (twice && (aa !== 0 || ab !== 0 || bb !== 0)) bend(part, aa, ab, bb);
  return new Active(v, part, block);
}

/** The value without derivative; whatever is no number as it is. */
export function strip(x: unknown): unknown {
  return x instanceof Active ? x[V] : x;
}
