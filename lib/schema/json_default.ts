/**
 * Defaults and examples as they stand in a document.
 * @module
 */
import { DTYPES } from "../arrays/dtypes.ts";
import { complexText } from "../arrays/numbers.ts";
import { isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { type DefaultNode, objectNode } from "./node.ts";
import { validate } from "./validate.ts";

/**
 * The default as JSON, `undefined` if JSON has no such value. In abstract evaluation arrays are `{shape, dtype}`.
 */
export function defaultAsJson(node: DefaultNode, abstract: boolean): unknown {
  if (!abstract || !node.hasArrays) return asJson(node.value());
  const { value, faults } = validate(objectNode({ value: node }), {}, "abstract input");
  return faults.length > 0 ? undefined : asJson((value as { value: unknown }).value);
}

/** A value of user code as JSON: arrays as nested lists, all of which are accepted as input. */
export function asJson(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      // Programs that read the document would round it.
      return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      break;
    default:
      return typeof value === "string" || typeof value === "boolean" ? value : undefined;
  }
  if (value === null) return null;
  if (isNdArray(value)) return nested(value, value.shape, 0);
  if (Array.isArray(value)) return value.map(asJson);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, asJson);
  const entries = Object.entries(value).map(([key, item]) => [key, asJson(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

/** The part of an array that begins at element `start`, as lists as deep as `shape` is long. */
function nested(array: NdArray, shape: readonly number[], start: number): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return element(array, start);
  const step = rest.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, (_, i) => nested(array, rest, start + i * step));
}

function element({ dtype, data }: NdArray, index: number): unknown {
  if (dtype === "bool") return data[index] !== 0;
  if (DTYPES[dtype].kind !== "complex") return asJson(data[index]);
  const [re, im] = [data[2 * index], data[2 * index + 1]] as [number, number];
  return complexText(re, im);
}
