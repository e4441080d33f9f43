import { isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { nest } from "../arrays/number_list.ts";
import { complexText } from "../arrays/numbers.ts";
import { elementAt } from "../arrays/scalar.ts";
import { type DefaultNode, objectNode } from "./node.ts";
import { validate } from "./validate.ts";

/** The default as JSON, `undefined` if JSON has no such value. In abstract evaluation arrays are `{shape, dtype}`. */
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
  if (isNdArray(value)) {
    return nest(Array.from({ length: sizeOf(value.shape) }, (_, i) => element(value, i)), value.shape);
  }
  if (Array.isArray(value)) return value.map(asJson);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, asJson);
  const entries = Object.entries(value).map(([key, item]) => [key, asJson(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function element(array: NdArray, position: number): unknown {
  const value = elementAt(array, position);
  return typeof value === "object" ? complexText(value.re, value.im) : asJson(value);
}
