import type { Fault, Faults, Loc } from "./faults.ts";
import type { PathsNode } from "./node.ts";
import { parsePath, typeAtPath } from "./paths.ts";

/** A valid list of paths: each path with the position at which it stood first. */
export type PathList = ReadonlyMap<string, number>;

/** Checks a list of paths against the patterns that may be used. */
export function validatePathList({ patterns }: PathsNode, value: unknown, loc: Loc, faults: Faults): PathList {
  const list = new Map<string, number>();
  const fault = (type: string, at: Loc, input: unknown, ctx?: Fault["ctx"], message?: string) => {
    faults.add(type, [...loc, ...at], { input, ctx, message });
  };
  if (!Array.isArray(value)) {
    fault("set_type", [], value);
    return list;
  }
  if (value.length === 0) fault("too_short", [], value, { field_type: "Set", min_length: 1, actual_length: 0 });
  const expected = `a differentiable path: ${[...patterns.keys()].map((pattern) => `'${pattern}'`).join(", ")}`;
  value.forEach((path: unknown, i) => {
    if (typeof path !== "string" || !typeAtPath(patterns, path)) {
      fault("literal_error", [i], path, { expected });
    } else if (parsePath(path) === undefined) {
      fault("value_error", [i], path, undefined, "An index in a path has no leading zeros");
    } else if (!list.has(path)) {
      list.set(path, i);
    }
  });
  return list;
}
