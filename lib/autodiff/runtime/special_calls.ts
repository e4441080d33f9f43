/**
 * Calls of functions that have a rule of their own: `customDerivative`, `checkpoint`, `stopGradient`, other Tesseracts.
 * @module
 */
import { CHECKPOINT, CONNECTION, type Connection, RULE, type Rule, STOP } from "../marks.ts";
import { sink } from "./calls.ts";
import { callCheckpoint } from "./checkpoints.ts";
import { callConnection } from "./connections.ts";
import { callWithRule } from "./custom_rules.ts";
import { copyPlain, hasActive, own } from "./deep.ts";
import { notFollowed } from "./not_followed.ts";

type Callable = (...args: unknown[]) => unknown;
type Marked = Callable & {
  readonly [RULE]?: Rule;
  readonly [CHECKPOINT]?: Callable;
  readonly [STOP]?: true;
};

/** `stopGradient`: a plain copy of numbers, arrays, lists and plain objects. */
function stopped(x: unknown): unknown {
  const copy = copyPlain(x);
  if (!hasActive(copy)) return own(copy);
  throw notFollowed(
    "is in an object of a class, a Map or a Set that is given to stopGradient(…)",
    "give it the numbers and arrays in it",
  );
}

/** How a call of this function is followed; `undefined` if it is none of these. */
export function specialCall(f: Callable, self: unknown): ((args: unknown[]) => unknown) | undefined {
  const { [RULE]: rule, [CHECKPOINT]: inner, [STOP]: stop } = f as Marked;
  if (rule !== undefined) return (args) => callWithRule(f, rule, args);
  if (inner !== undefined) return (args) => callCheckpoint(inner, self, args);
  if (stop !== undefined) return ([x]) => stopped(x);
  if (self === console) return (args) => sink(f)(self, args);
  const connection = typeof self === "object" && self !== null
    ? (self as { [CONNECTION]?: Connection })[CONNECTION]
    : undefined;
  if (connection !== undefined && (self as { apply?: unknown }).apply === f) {
    return (args) => callConnection(connection, args);
  }
  return undefined;
}
