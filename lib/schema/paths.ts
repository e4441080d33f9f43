/**
 * Paths name arrays inside inputs and outputs: `layers.[0].weight`, `params.{rate}`. A pattern is a path with `[]` and
 * `{}` for any index and any key: `layers.[].weight`, `params.{}`.
 * @module
 */
import { type ArrayType, isNdArray, type Shape } from "../arrays/ndarray.ts";
import { inputSide, type Node } from "./node.ts";
import { ShapeDType } from "./validated_values.ts";

/** A step of a path: the name of a field, the index in a list, or the key of a record. */
export type Segment = string | number | { readonly key: string };

/**
 * The differentiable arrays under a schema by their patterns, in alphabetical order. If one pattern has several types,
 * as in the branches of a union, its dtype and sizes are those on which they agree, and `null` otherwise.
 */
export function differentiablePatterns(node: Node): ReadonlyMap<string, ArrayType> {
  let found = differentiable.get(node);
  if (!found) differentiable.set(node, found = arrayPatterns(node, ({ differentiable }) => differentiable));
  return found;
}

/** Those that have been asked for: every derivative asks for those of its module. */
const differentiable = new WeakMap<Node, ReadonlyMap<string, ArrayType>>();

/** Like `differentiablePatterns`, but for all arrays, or those whose type is `wanted`. */
export function arrayPatterns(node: Node, wanted: (type: ArrayType) => boolean = () => true): Map<string, ArrayType> {
  const found = new Map<string, ArrayType>();
  visit(node, "", (part, pattern) => {
    if (part.kind !== "array" || !wanted(part.type)) return;
    const before = found.get(pattern);
    found.set(pattern, before ? common(before, part.type) : part.type);
  });
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

/** The names of the fields of every object under a schema, by the pattern of the object (`""` is the schema itself). */
export function fieldOrder(node: Node): Record<string, string[]> {
  const order = new Map<string, Set<string>>();
  visit(node, "", (part, pattern) => {
    if (part.kind !== "object") return;
    order.set(pattern, new Set([...order.get(pattern) ?? [], ...part.fields.keys()]));
  });
  return Object.fromEntries([...order].map(([pattern, names]) => [pattern, [...names]]));
}

/** Can a field of this name be written in a path? (`a.b` cannot.) */
const isPlainName = (name: string): boolean => /^[^.[\]{}\\]+$/.test(name);

/** Calls `found` with every part of a schema that paths can reach, and its pattern. */
function visit(node: Node, pattern: string, found: (node: Node, pattern: string) => void): void {
  found(node, pattern);
  const below = (part: Node, step: string) => visit(part, pattern === "" ? step : `${pattern}.${step}`, found);
  switch (node.kind) {
    case "object":
      for (const [name, field] of node.fields) {
        if (isPlainName(name)) below(field, name);
      }
      break;
    case "list":
      below(node.item, "[]");
      break;
    case "tuple":
      for (const item of node.items) below(item, "[]");
      if (node.rest) below(node.rest, "[]");
      break;
    case "record":
      below(node.value, "{}");
      break;
    case "union":
      for (const option of node.options) visit(option, pattern, found);
      break;
    case "optional":
    case "nullable":
    case "default":
    case "catch":
      visit(node.inner, pattern, found);
      break;
    case "pipe":
      visit(inputSide(node), pattern, found);
  }
}

function common(a: ArrayType, b: ArrayType): ArrayType {
  const shape: Shape = a.shape?.length === b.shape?.length
    ? a.shape?.map((size, i) => size === b.shape![i] ? size : null) ?? null
    : null;
  return { dtype: a.dtype === b.dtype ? a.dtype : null, shape, differentiable: true };
}

/** The source of a regular expression for the paths of a pattern: `^layers\.\[\d+\]\.weight$`. */
export function patternRegExp(pattern: string): string {
  const steps = pattern.split(".").map((step) => {
    if (step === "[]") return "\\[\\d+\\]";
    // A key: braces and backslashes in it are escaped; any other character may be.
    if (step === "{}") return "\\{(?:[^{}\\\\]|\\\\.)+\\}";
    return step.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  });
  return `^${steps.join("\\.")}$`;
}

/** Does a pattern stand for more than the one path that it spells? */
export const isOpenPattern = (pattern: string): boolean => /(^|\.)(\[\]|\{\})(\.|$)/.test(pattern);

/**
 * The steps of a path; `undefined` if the text is not a path. An index has no leading zeros.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parsePath("layers.[0].weight"), ["layers", 0, "weight"]);
 * assert.deepEqual(parsePath("params.{a.b \\{1\\}}"), ["params", { key: "a.b {1}" }]);
 * assert.equal(parsePath("layers.[00].weight"), undefined);
 * ```
 */
export function parsePath(text: string): Segment[] | undefined {
  const segments: Segment[] = [];
  const step = /\[(0|[1-9]\d*)\]|\{((?:[^{}\\]|\\[^])*)\}|([^.[\]{}\\]+)/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (!match) return undefined;
    const [, index, key, name] = match;
    segments.push(index !== undefined ? Number(index) : key !== undefined ? { key: unescapeKey(key) } : name!);
    const end = step.lastIndex;
    if (end === text.length) break;
    if (text[end] !== "." || end + 1 === text.length) return undefined;
    step.lastIndex = end + 1;
  }
  return segments;
}

/** The path of some steps. Inside `{…}` braces and backslashes are escaped with a backslash. */
export function formatPath(segments: readonly Segment[]): string {
  return segments.map((segment) => {
    if (typeof segment === "number") return `[${segment}]`;
    if (typeof segment === "string") return segment;
    return `{${segment.key.replace(/[{}\\]/g, "\\$&")}}`;
  }).join(".");
}

/**
 * The type of the array at a path: that of the pattern which the path matches, if there is one. An index may have
 * leading zeros.
 */
export function typeAtPath(patterns: ReadonlyMap<string, ArrayType>, path: string): ArrayType | undefined {
  const pattern = path.replace(/\[(\d*)\]|\{((?:[^{}\\]|\\[^])*)\}/g, (_, index, key) => {
    if (index) return "[]";
    return key ? "{}" : "\\"; // an empty index or key matches nothing: there is no backslash in a pattern
  });
  return patterns.get(pattern);
}

const unescapeKey = (text: string): string => text.replace(/\\([^])/g, "$1");

/** What stands at a path in a value; `undefined`, if there is nothing. */
export function getPath(value: unknown, segments: readonly Segment[]): unknown {
  for (const segment of segments) {
    if (typeof value !== "object" || value === null) return undefined;
    if ((typeof segment === "number") !== Array.isArray(value)) return undefined;
    const key = typeof segment === "object" ? segment.key : segment;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Puts something at a path, where what is around it exists. */
export function setPath(root: unknown, segments: readonly Segment[], value: unknown): void {
  const last = segments.at(-1)!, holder = getPath(root, segments.slice(0, -1)) as Record<string | number, unknown>;
  holder[typeof last === "object" ? last.key : last] = value;
}

/**
 * The paths that match a pattern and at which a validated value has an array or a scalar, in the value's order. Absent
 * and `null` values have no path, nor has the empty key of a record. `isThere` says instead what counts as an array, for
 * a value that was not validated.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(expandPattern("params.{}", { params: { rate: 0.5, "a.b": 1 } }), ["params.{rate}", "params.{a.b}"]);
 * ```
 */
export function expandPattern(pattern: string, value: unknown, isThere = isArrayValue): string[] {
  let found: { path: Segment[]; value: unknown }[] = [{ path: [], value }];
  for (const step of pattern.split(".")) {
    found = found.flatMap(({ path, value }) =>
      stepsInto(step, value).map((segment) => ({ path: [...path, segment], value: getPath(value, [segment]) }))
    );
  }
  return found.filter(({ value }) => isThere(value)).map(({ path }) => formatPath(path));
}

function stepsInto(step: string, value: unknown): Segment[] {
  if (step === "[]") return Array.isArray(value) ? value.map((_, i) => i) : [];
  if (step !== "{}") return [step];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.keys(value).filter((key) => key !== "").map((key) => ({ key }));
}

/** Is it an array or a scalar as user code gets it, also in abstract evaluation? */
function isArrayValue(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return true;
  if (typeof value !== "object" || value === null) return false;
  return isNdArray(value) || value instanceof ShapeDType || ("re" in value && "im" in value);
}
