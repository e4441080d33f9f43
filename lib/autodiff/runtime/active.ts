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
   * `state`: what becomes of an active number of the block that is used. `live`: it is followed. `over`, the run has
   * ended: an error if an output depends on it. `discarded`, the function of `checkpoint` has returned: it throws.
   * `closed`, a function of `customDerivative` or its rule is running: it throws.
   */
  constructor(public state: "live" | "over" | "discarded" | "closed" = "live") {}

  /** For a part of a run: the block around it. */
  outer: Block | undefined;
  /** A new array has its block in the place of a shadow; read as a shadow, it says that all elements are passive. */
  readonly t: null = null;
}

/**
 * How derivatives are computed: `forwards` beside the values, by tangents; or from a tape, which is read `backwards`,
 * `forwards on tape`, or `twice`: forwards and backwards, with second derivatives (curvature.ts).
 */
export type Mode = "forwards" | "backwards" | "forwards on tape" | "twice";

/**
 * The mode of the run; whether it records a tape (`backward`), and second derivatives (`twice`); the block that is
 * running. Between runs it is one that is over.
 */
export const state: { mode: Mode; backward: boolean; twice: boolean; block: Block } = {
  mode: "forwards",
  backward: false,
  twice: false,
  block: new Block("over"),
};

export const V: unique symbol = Symbol("value"),
  D: unique symbol = Symbol("derivative"),
  B: unique symbol = Symbol("block");

/** A number that depends on an input. Foreign code never gets it; reading it as a plain number throws. */
export class Active {
  // Under symbols, so that the author's code finds no property names on a number.
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
}

/** All ways in which JavaScript converts an object to a number or text. */
const READS: Readonly<Record<string, readonly PropertyKey[]>> = {
  "is read as a plain number or text here": [Symbol.toPrimitive],
  "is read as a plain number here": ["valueOf"],
  "is turned into text here": ["toString", "toLocaleString", "toFixed", "toPrecision", "toExponential"],
  "is written as JSON here": ["toJSON"],
};
for (const [what, names] of Object.entries(READS)) {
  for (const name of names as readonly string[]) {
    const methods = {
      [name](): never {
        throw notFollowed(what);
      },
    };
    Object.defineProperty(Active.prototype, name, { value: methods[name] });
  }
}

/** All other members are those of a number; none can be added. */
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
 * The derivative part of a number that an earlier call computed and the module kept: the tape of that call is gone. It
 * is an error only if outputs depend on it, which shows at the end: by the adjoint of the statement `STALE`, or by NaN.
 */
export function staleDerivative(): number {
  T.stalePlace ??= callerPlace() ?? "apply";
  return state.backward ? STALE : NaN;
}

/** Runs a function whose code is not differentiated: using an active value in it throws. */
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

/** A number of value `v`, whose derivative by `a` is `p` and whose second derivative is `aa`. */
export function lift1(a: Active, v: number, p: number, aa = 0): Value {
  const d = partOf(a);
  const { backward, twice, block } = state;
  if (d === 0 || (p === 0 && !(twice && aa !== 0))) return v;
  const part = backward ? record1(d, p) : p * d;
  if (twice && aa !== 0) bend(part, aa, 0, 0);
  return new Active(v, part, block);
}

/** A number of value `v`, with derivatives `p` by `a` and `q` by `b`, and second derivatives `aa`, `ab`, `bb`. */
export function lift2(a: Active, b: Active, v: number, p: number, q: number, aa = 0, ab = 0, bb = 0): Value {
  const d = partOf(a), e = partOf(b);
  if (d === 0) return e === 0 ? v : lift1(b, v, q, bb);
  if (e === 0) return lift1(a, v, p, aa);
  const { backward, twice, block } = state;
  const part = backward ? record2(d, p, e, q) : p * d + q * e;
  if (twice && (aa !== 0 || ab !== 0 || bb !== 0)) bend(part, aa, ab, bb);
  return new Active(v, part, block);
}

/** A number without its derivative; any other value unchanged. */
export function strip(x: unknown): unknown {
  return x instanceof Active ? x[V] : x;
}
