/**
 * Text that is made of active numbers to be printed or thrown. Nothing may be computed from it: reading the text of
 * such an error throws (kept_errors.ts).
 * @module
 */
import { Active } from "./active.ts";
import { call, construct } from "./calls.ts";
import { mapLeaves, plainLeaf } from "./deep.ts";
import { isKept, keep, textOf } from "./kept_errors.ts";
import { kindOf } from "./kinds.ts";
import { notFollowed } from "./not_followed.ts";
import { isFloatArray, SHADOW } from "./shadows.ts";

/** How often something active was made text. */
let count = 0;

/** Called before the arguments of a print or a thrown error are computed. If the count grew, they hold active text. */
export const printedBefore = (): number => count;

/** A value in text that is only printed or thrown: without derivatives. */
export function printed(x: unknown): unknown {
  if (isKept(x)) {
    count++;
    return textOf(x).text;
  }
  return mapLeaves(x, (leaf) => {
    if (leaf instanceof Active || (isFloatArray(leaf) && leaf[SHADOW]?.t)) count++;
    return plainLeaf(leaf);
  });
}

/** `e.message` and `e.stack` in such text. */
export function printedMember(x: unknown, name: "message" | "stack"): unknown {
  if (!isKept(x)) return printed((x as Record<string, unknown>)[name]);
  count++;
  return textOf(x)[name];
}

/** `console.log(…)`; `before` is what `printedBefore` gave. */
export function print(before: number, target: unknown, name: string, ...args: unknown[]): unknown {
  const f = (target as Record<string, unknown>)[name];
  if (typeof f !== "function") throw new TypeError(`console.${name} is not a function`);
  const isPlain = count === before, result = call(f, target, args);
  return isPlain ? result : undefined;
}

/** `new Error(…)` of a `throw`. */
export function thrown(before: number, type: unknown, ...args: unknown[]): unknown {
  const isPlain = count === before;
  if (!isPlain && (typeof type !== "function" || kindOf(type) !== "foreign")) {
    throw notFollowed("is given as text to an error of a class of its own");
  }
  const made = construct(type, ...args);
  if (!isPlain) keep(made as Error);
  return made;
}
