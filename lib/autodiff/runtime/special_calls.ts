/**
 * Calls of functions that have a rule of their own: `customDerivative`, `checkpoint`, `stopGradient`, other Tesseracts.
 * @module
 */
import { CHECKPOINT, CONNECTION, type Connection, RULE, type Rule, STOP } from "../marks.ts";
import { sink } from "./calls.ts";
import { callCheckpoint } from "./checkpoints.ts";
import { callConnection } from "./connections.ts";
import { callWithRule } from "./custom_rules.ts";
import { copyPlain } from "./deep.ts";
import { own } from "./own.ts";

type Callable = (...args: unknown[]) => unknown;
type Marked = Callable & {
  readonly [RULE]?: Rule;
  readonly [CHECKPOINT]?: Callable;
  readonly [STOP]?: true;
};

/** How a call of this function is followed; `undefined` if it is none of these. */
export function specialCall(f: Callable, self: unknown): ((args: unknown[]) => unknown) | undefined {
  const { [RULE]: rule, [CHECKPOINT]: inner, [STOP]: stop } = f as Marked;
  if (rule !== undefined) return (args) => callWithRule(f, rule, args);
  if (inner !== undefined) return (args) => callCheckpoint(inner, self, args);
  if (stop !== undefined) return ([x]) => own(copyPlain(x));
  if (self === console) return (args) => sink(f)(self, args);
  const connection = typeof self === "object" && self !== null
    ? (self as { [CONNECTION]?: Connection })[CONNECTION]
    : undefined;
  if (connection !== undefined && (self as { apply?: unknown }).apply === f) {
    return (args) => callConnection(connection, args);
  }
  return undefined;
}
