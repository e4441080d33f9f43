/**
 * Calls of other Tesseracts inside `apply`: differentiated by the derivative functions of the other side.
 * @module
 */
import type { Connection } from "../marks.ts";
import { expandPattern, getPath, parsePath, setPath } from "../../schema/paths.ts";
import { askAnother } from "../run.ts";
import { callWithRule } from "./custom_rules.ts";
import { copyPlain, hasActive, leavesOf } from "./deep.ts";
import { failRun, laterPlace } from "./not_followed.ts";

/** Arrays may be lists, and numbers active. */
const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** Calls `apply` of a client: `args` are the inputs, and options of the call, which hold for its derivatives, too. */
export async function callConnection(connection: Connection, [inputs, ...options]: unknown[]): Promise<unknown> {
  if (!hasActive(inputs)) return await connection.apply(inputs, ...options);
  const place = laterPlace("a call of another Tesseract");
  const patterns = await connection.patterns(...options);
  const paths = patterns.inputs.flatMap((pattern) => expandPattern(pattern, inputs, isThere));
  const active = paths.filter((path) => hasActive(at(inputs, path)));
  const plain = copyPlain(inputs);
  const count = (value: unknown) => leavesOf(value).filter((leaf) => hasActive(leaf)).length;
  const followed = active.reduce((sum, path) => sum + count(at(inputs, path)), 0);
  if (count(inputs) > followed || hasActive(plain)) {
    throw failRun(
      new TypeError(
        `${place()}: an input of another Tesseract depends on a differentiable input, but is not differentiable there`,
      ),
    );
  }
  // The call is a function with a rule, from the numbers of the active arrays to those of the differentiable outputs.
  const args = active.map((path) => numbersOf(at(inputs, path)));
  let outputs: unknown;
  let outputPaths: string[] = [];
  const f = async () => {
    outputs = await connection.apply(plain, ...options);
    outputPaths = patterns.outputs.flatMap((pattern) => expandPattern(pattern, outputs, isThere));
    return outputPaths.map((path) => numbersOf(at(outputs, path)));
  };
  const vectorOf = (tree: unknown, paths: readonly string[], numbers: readonly unknown[]) =>
    Object.fromEntries(paths.map((path, i) => [path, withNumbers(at(tree, path), numbers[i])]));
  const productBy = (name: "jacobianVectorProduct" | "vectorJacobianProduct", vector: Record<string, unknown>) =>
    askAnother(() => connection[name](plain, active, outputPaths, vector, ...options));
  const numbers = await callWithRule(f, {
    jvp: async (_args: unknown, tangents: readonly unknown[]) => {
      const products = await productBy("jacobianVectorProduct", vectorOf(plain, active, tangents));
      return outputPaths.map((path) => likeNumbers(numbersOf(at(outputs, path)), products[path]));
    },
    vjp: async (_args: unknown, cotangents: readonly unknown[]) => {
      const products = await productBy("vectorJacobianProduct", vectorOf(outputs, outputPaths, cotangents));
      return active.map((path, i) => likeNumbers(args[i], products[path]));
    },
  }, args) as unknown[];
  // A copy, for the rule needs the outputs unchanged in the reverse sweep.
  const result = copyPlain(outputs);
  for (const [i, path] of outputPaths.entries()) {
    setPath(result, parsePath(path)!, withNumbers(at(outputs, path), numbers[i]));
  }
  return result;
}

const isArrayValue = (value: unknown): value is { readonly data: unknown } =>
  typeof value === "object" && value !== null && ArrayBuffer.isView((value as { readonly data?: unknown }).data);

/** What is differentiated of a value: the data of an array, without its shape; all of other values, such as lists. */
const numbersOf = (value: unknown): unknown => isArrayValue(value) ? value.data : value;

/** The value with other numbers. */
const withNumbers = (value: unknown, numbers: unknown): unknown =>
  isArrayValue(value) ? { ...value, data: numbers } : numbers;

const at = (tree: unknown, path: string): unknown => getPath(tree, parsePath(path)!);

/** A product that the other side computed, in the form that the numbers have here: a number, data, or lists. */
function likeNumbers(numbers: unknown, product: unknown): unknown {
  const data = numbersOf(product) as ArrayLike<number> | number;
  if (typeof data === "number" || ArrayBuffer.isView(numbers)) return data;
  return Array.isArray(numbers) ? nested(numbers, Array.from(data).values()) : data[0];
}

/** Numbers in sequence, as lists that are nested like others. */
function nested(like: unknown[], numbers: Iterator<number>): unknown[] {
  return like.map((part) => Array.isArray(part) ? nested(part, numbers) : numbers.next().value);
}
