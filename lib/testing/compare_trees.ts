import { toArray } from "../arrays/coerce.ts";
import { ArrayFault, orFault } from "../arrays/fault.ts";
import { ANY_ARRAY, isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { cut } from "../message_text.ts";
import { describeFault } from "../schema/messages.ts";
import { type Node, objectNode, unwrap } from "../schema/node.ts";
import { compareArrays, isClose, type Tolerance } from "./compare_arrays.ts";
import { isRecord } from "../is_record.ts";

/** What is wrong with a result. */
export interface Differences {
  /** Missing and unknown keys, wrong lengths, types, shapes and dtypes. */
  readonly structure: readonly string[];
  /** Values that differ by more than the tolerance. */
  readonly values: readonly string[];
}

/** How a result is compared. */
export interface CompareOptions extends Tolerance {
  /**
   * The folder of the run, such as `run_7`, that paths of its files in the result begin with. Expected paths do not
   * have it, since its name is not known when they are written.
   */
  readonly folder: string;
}

/**
 * Compares a result, its arrays as `NdArray`s, with the expected one. An expected array is an `NdArray` (or the fault
 * of one that cannot be decoded), whose dtype and shape must be the same, or nested lists of the same shape. `node` is
 * the schema of the result.
 */
export function compareTrees(obtained: unknown, expected: unknown, node: Node, options: CompareOptions): Differences {
  const comparison = new TreeComparison(options);
  comparison.visit(obtained, expected, node, "");
  return comparison;
}

/** A schema for reading the expected result: wherever an array was obtained, one of any dtype and shape is expected. */
export function schemaLike(obtained: unknown): Node {
  if (isNdArray(obtained)) return { kind: "array", type: ANY_ARRAY, hasArrays: true };
  if (Array.isArray(obtained)) {
    const items = obtained.map(schemaLike);
    return { kind: "tuple", items, hasArrays: items.some(({ hasArrays }) => hasArrays) };
  }
  if (!isRecord(obtained)) return { kind: "leaf", type: "any", needsZod: false, hasArrays: false };
  return objectNode(Object.fromEntries(Object.entries(obtained).map(([key, item]) => [key, schemaLike(item)])));
}

class TreeComparison implements Differences {
  readonly structure: string[] = [];
  readonly values: string[] = [];

  constructor(private readonly options: CompareOptions) {}

  visit(obtained: unknown, expected: unknown, node: Node | undefined, path: string): void {
    const inner = node && unwrap(node);
    if (isNdArray(obtained)) return this.array(obtained, expected, path);
    if (Array.isArray(obtained)) return this.list(obtained, expected, inner, path);
    if (isRecord(obtained)) return this.object(obtained, expected, inner, path);
    return this.leaf(obtained, expected, inner, path);
  }

  private array(obtained: NdArray, expected: unknown, path: string): void {
    // Nested lists have no dtype.
    const dtype = isNdArray(expected) ? expected.dtype : obtained.dtype;
    const array = orFault(() => toArray(expected, { ...ANY_ARRAY, dtype }));
    if (array instanceof ArrayFault) {
      return this.wrong(path, `the expected array: ${describeFault({ type: array.type, loc: [], ctx: array.ctx })}`);
    }
    const wrong = [
      ...String(array.shape) === String(obtained.shape) ? [] : ["shape"] as const,
      ...array.dtype === obtained.dtype ? [] : ["dtype"] as const,
    ];
    for (const what of wrong) {
      this.wrong(path, `the ${what} differs: expected ${shown(array[what])}, obtained ${shown(obtained[what])}`);
    }
    if (wrong.length > 0) return;
    const difference = compareArrays(obtained, array, this.options);
    if (difference !== undefined) this.values.push(`${place(path)}\n${indent(difference)}`);
  }

  private list(obtained: readonly unknown[], expected: unknown, node: Node | undefined, path: string): void {
    if (!Array.isArray(expected)) return this.otherKind(obtained, expected, path);
    if (obtained.length !== expected.length) {
      return this.wrong(path, `the length differs: expected ${expected.length}, obtained ${obtained.length}`);
    }
    obtained.forEach((item, i) => {
      const below = node?.kind === "list" ? node.item : node?.kind === "tuple" ? node.items[i] ?? node.rest : undefined;
      this.visit(item, expected[i], below, step(path, `[${i}]`));
    });
  }

  private object(obtained: Record<string, unknown>, expected: unknown, node: Node | undefined, path: string): void {
    if (!isRecord(expected) || isNdArray(expected)) return this.otherKind(obtained, expected, path);
    const missing = Object.keys(expected).filter((key) => !Object.hasOwn(obtained, key));
    const unexpected = Object.keys(obtained).filter((key) => !Object.hasOwn(expected, key));
    if (missing.length > 0) this.wrong(path, `missing: ${missing.join(", ")}`);
    if (unexpected.length > 0) this.wrong(path, `unexpected: ${unexpected.join(", ")}`);
    for (const [key, item] of Object.entries(obtained)) {
      if (!Object.hasOwn(expected, key)) continue;
      const below = node?.kind === "object"
        ? node.fields.get(key) ?? node.extra
        : node?.kind === "record"
        ? node.value
        : undefined;
      this.visit(item, expected[key], below, step(path, node?.kind === "record" ? `{${key}}` : key));
    }
  }

  private leaf(obtained: unknown, expected: unknown, node: Node | undefined, path: string): void {
    const isNumber = (value: unknown) => typeof value === "number" || typeof value === "bigint";
    if (isNumber(obtained) && isNumber(expected)) {
      if (this.isClose(obtained as number, expected as number, node)) return;
      const difference = Number(obtained) - Number(expected);
      return void this.values.push(
        `${place(path)}\n  Expected: ${expected}\n  Obtained: ${obtained}\n  Difference: ${difference}`,
      );
    }
    const given = node?.kind === "path" ? this.inRun(obtained as string) : obtained;
    if (given === expected) return;
    if (typeof given !== typeof expected || given === null || expected === null) {
      return this.otherKind(given, expected, path);
    }
    this.values.push(`${place(path)}\n  Expected: ${shown(expected)}\n  Obtained: ${shown(given)}`);
  }

  /** Integers must be equal. Where the schema does not say, two numbers without a fraction count as integers. */
  private isClose(obtained: number | bigint, expected: number | bigint, node: Node | undefined): boolean {
    const isFloat = node?.kind === "leaf" && node.type === "number" ||
      !(node?.kind === "leaf" && node.type === "integer") && !(isInteger(obtained) && isInteger(expected));
    return isFloat ? isClose(Number(obtained), Number(expected), this.options) : obtained == expected;
  }

  private inRun(path: string): string {
    const { folder } = this.options;
    return folder !== "" && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  }

  private otherKind(obtained: unknown, expected: unknown, path: string): void {
    this.wrong(path, `expected ${kindOf(expected)}, obtained ${kindOf(obtained)}`);
  }

  private wrong(path: string, words: string): void {
    this.structure.push(`${place(path)}: ${words}`);
  }
}

const isInteger = (value: number | bigint) => typeof value === "bigint" || Number.isInteger(value);

const step = (path: string, name: string) => path === "" ? name : `${path}.${name}`;

const place = (path: string) => path === "" ? "the result" : path;

const indent = (lines: string) => lines.replace(/^/gm, "  ");

function shown(value: unknown): string {
  return cut(typeof value === "string" ? value : JSON.stringify(value), 200);
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (isNdArray(value)) return "an array";
  if (value instanceof ArrayFault) return "an object";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  return typeof value === "string" ? `the string ${shown(value)}` : "an object";
}
