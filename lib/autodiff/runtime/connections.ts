/**
 * Calls of other Tesseracts inside `apply`: followed by the derivative functions of the other side.
 * @module
 */
import type { Connection } from "../marks.ts";
import { getPath, parsePath } from "../../schema/paths.ts";
import { expandOpen } from "./expand.ts";
import { callWithRule } from "./custom_rules.ts";
import { copyPlain, hasActive } from "./deep.ts";
import { callerPlace } from "./not_followed.ts";

type Tree = Record<string, unknown>;

/** Calls `apply` of a client: `args` are the inputs, and options of the call. */
export async function callConnection(connection: Connection, [inputs, ...options]: unknown[]): Promise<unknown> {
  if (!hasActive(inputs)) return await connection.apply(inputs, ...options);
  const place = callerPlace() ?? "a call of another Tesseract";
  const patterns = await connection.patterns();
  const paths = patterns.inputs.flatMap((pattern) => expandOpen(pattern, inputs));
  const active = paths.filter((path) => hasActive(at(inputs, path)));
  const rest = structureWithout(inputs, new Set(active));
  if (hasActive(rest)) {
    throw new TypeError(
      `${place}: an input of another Tesseract depends on a differentiable input, but is not differentiable there`,
    );
  }
  const plain = copyPlain(inputs);
  const arrays = active.map((path) => at(inputs, path));
  // The arrays that are active are the arguments; the outputs that are differentiable are what is followed.
  let outputs: unknown;
  let outputPaths: string[] = [];
  const f = async () => {
    outputs = await connection.apply(plain, ...options);
    outputPaths = patterns.outputs.flatMap((pattern) => expandOpen(pattern, outputs));
    return outputPaths.map((path) => at(outputs, path));
  };
  const followed = await callWithRule(f, {
    jvp: async (_args: unknown, tangents: readonly unknown[]) => {
      const vector = Object.fromEntries(active.map((path, i) => [path, tangents[i]]));
      const products = await connection.jacobianVectorProduct(plain, active, outputPaths, vector);
      return outputPaths.map((path, i) => likeValue(at(outputs, outputPaths[i]!), products[path]));
    },
    vjp: async (_args: unknown, cotangents: readonly unknown[]) => {
      const vector = Object.fromEntries(outputPaths.map((path, i) => [path, cotangents[i]]));
      const products = await connection.vectorJacobianProduct(plain, active, outputPaths, vector);
      return active.map((path, i) => likeValue(arrays[i], products[path]));
    },
  }, arrays) as unknown[];
  for (const [i, path] of outputPaths.entries()) put(outputs, path, followed[i]);
  return outputs;
}

const at = (tree: unknown, path: string): unknown => getPath(tree, parsePath(path)!);

function put(tree: unknown, path: string, value: unknown): void {
  const segments = parsePath(path)!;
  const last = segments.at(-1)!;
  (getPath(tree, segments.slice(0, -1)) as Tree)[typeof last === "object" ? last.key : last] = value;
}

/** The tree without what stands at some paths. */
function structureWithout(tree: unknown, paths: ReadonlySet<string>): unknown {
  const values = new Set([...paths].map((path) => at(tree, path)));
  const walk = (x: unknown): unknown => {
    if (values.has(x)) return null;
    if (Array.isArray(x)) return x.map(walk);
    if (typeof x !== "object" || x === null || ArrayBuffer.isView(x)) return x;
    return Object.getPrototypeOf(x) === Object.prototype
      ? Object.fromEntries(Object.entries(x).map(([key, part]) => [key, walk(part)]))
      : x;
  };
  return walk(tree);
}

/** A product of the other side in the structure of a value of this side. */
function likeValue(value: unknown, product: unknown): unknown {
  const data = typeof product === "object" && product !== null && "data" in product
    ? (product as { data: ArrayLike<number> }).data
    : product;
  if (typeof value === "object" && value !== null && "data" in value) return { data };
  if (typeof value !== "object" || value === null || "v" in value) {
    return typeof data === "number" ? data : (data as ArrayLike<number>)[0];
  }
  if (ArrayBuffer.isView(value)) return data;
  return nested(value as unknown[], [...data as number[]].values());
}

/** A flat run of numbers as lists of the structure of others. */
function nested(like: unknown[], numbers: Iterator<number>): unknown[] {
  return like.map((part) => Array.isArray(part) ? nested(part, numbers) : numbers.next().value);
}
