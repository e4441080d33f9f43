import { elementAt, isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { nest } from "../arrays/number_list.ts";
import { complexText } from "../arrays/numbers.ts";
import { type DefaultNode, type Node, objectNode } from "./node.ts";
import { validate } from "./validate.ts";

/** The default as JSON, `undefined` if JSON has no such value. In abstract evaluation arrays are `{shape, dtype}`. */
export function defaultAsJson(node: DefaultNode, abstract: boolean): unknown {
  const value = node.value();
  return asJson(abstract && node.hasArrays ? withAbstractArrays(node.inner, value) : value);
}

/** A value of a schema with `{shape, dtype}` in the place of its arrays; `undefined` if it does not fit. */
export function withAbstractArrays(inner: Node, value: unknown): unknown {
  // Abstract evaluation takes real arrays only in defaults, so the value is validated as one.
  const field: Node = { kind: "default", inner, value: () => value, parsed: true, hasArrays: inner.hasArrays };
  const found = validate(objectNode({ field }), {}, "abstract input");
  return found.faults.length > 0 ? undefined : (found.value as { field: unknown }).field;
}

/** A value of user code as JSON that is accepted as input: arrays are nested lists. */
export function asJson(value: unknown): unknown {
  // Programs that read the document would round a larger one.
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value !== "object") return undefined;
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
