/**
 * Payloads as bytes: JSON in which arrays are encoded.
 *
 * Lists stay lists, since only the Tesseract knows whether they are arrays. Numbers that JSON does not have are written
 * as Python writes them, `NaN` and `Infinity`, which every Tesseract reads.
 * @module
 */
import type { Complex } from "../arrays/dtypes.ts";
import { complexText } from "../arrays/numbers.ts";
import { base64Length, writeBase64 } from "./base64.ts";
import { ARRAYS, classOf, dtypeOf, isDType } from "./dtypes.ts";

/** How arrays are written: as base64, as nested lists, or as nothing but `{shape, dtype}`. */
export type ArrayEncoding = "json+base64" | "json" | "abstract";

interface GivenArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView & ArrayLike<number | bigint>;
}

/** The payload as bytes. Throws a `TypeError` that names the place of what cannot be sent. */
export function encodePayload(payload: unknown, arrays: ArrayEncoding): Uint8Array<ArrayBuffer> {
  const writer = new Writer(arrays);
  writer.value(payload, "");
  return writer.bytes();
}

class Writer {
  /** The output in order: encoded text, and the data of arrays, which is still to be written as base64. */
  readonly #parts: Uint8Array[] = [];
  /** For each part: is it data to be written as base64? */
  readonly #isBase64: boolean[] = [];
  #text = "";

  constructor(private readonly arrays: ArrayEncoding) {}

  bytes(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const lengths = this.#parts.map(({ length }, i) => this.#isBase64[i] ? base64Length(length) : length);
    const out = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    this.#parts.forEach((part, i) => {
      if (this.#isBase64[i]) writeBase64(part, out.subarray(at));
      else out.set(part, at);
      at += lengths[i]!;
    });
    return out;
  }

  #flush(): void {
    this.#push(new TextEncoder().encode(this.#text), false);
    this.#text = "";
  }

  #push(part: Uint8Array, isBase64: boolean): void {
    this.#parts.push(part);
    this.#isBase64.push(isBase64);
  }

  /** `path` is where the value is, for errors. */
  value(value: unknown, path: string): void {
    if (typeof value === "number") this.#text += numberText(value);
    else if (typeof value === "bigint") this.#text += String(value);
    else if (typeof value === "object" && value !== null) this.#object(value, path);
    else this.#text += JSON.stringify(value) ?? refuse(path, `a ${typeof value} cannot be sent`);
  }

  #object(value: object, path: string): void {
    if (Array.isArray(value)) return holdsComplex(value) ? this.#complexList(value, path) : this.#list(value, path);
    if (ArrayBuffer.isView(value)) return this.#typedArray(value, path);
    if (isGivenArray(value)) return this.#array(value, path);
    if (isComplex(value)) return this.#array(complexArray([value], []), path);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.value(value.toJSON(), path);
    if (value instanceof Map || value instanceof Set) return refuse(path, "a Map or Set cannot be sent");
    let separator = "{";
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      this.#text += `${separator}${JSON.stringify(key)}:`;
      this.value(item, path === "" ? key : `${path}.${key}`);
      separator = ",";
    }
    this.#text += separator === "{" ? "{}" : "}";
  }

  #list(list: readonly unknown[], path: string): void {
    if (list.every(isPlainNumber)) return void (this.#text += JSON.stringify(list));
    this.#text += "[";
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.#text += ",";
      this.value(list[i], `${path}.[${i}]`);
    }
    this.#text += "]";
  }

  #typedArray(data: ArrayBufferView, path: string): void {
    const dtype = dtypeOf(data);
    if (dtype === undefined) return refuse(path, `a ${data.constructor.name} has no dtype`);
    const given = data as GivenArray["data"];
    this.#array({ dtype, shape: [given.length], data: given }, path);
  }

  /** Lists of complex numbers are sent as encoded arrays, because not every Tesseract accepts them as lists. */
  #complexList(list: readonly unknown[], path: string): void {
    const shape: number[] = [];
    for (let item: unknown = list; Array.isArray(item); item = item[0]) shape.push(item.length);
    const numbers = list.flat(shape.length - 1);
    const size = shape.reduce((product, length) => product * length, 1);
    if (numbers.length !== size || !numbers.every((item) => typeof item === "number" || isComplex(item))) {
      return refuse(path, "expected a rectangular list of complex numbers { re, im }");
    }
    this.#array(complexArray(numbers as (number | Complex)[], shape), path);
  }

  #array({ dtype, shape, data }: GivenArray, path: string): void {
    const type = `"shape":${JSON.stringify(shape)},"dtype":${JSON.stringify(dtype)}`;
    if (this.arrays === "abstract") return void (this.#text += `{${type}}`);
    const name = isDType(dtype) ? ARRAYS[dtype] : refuse(path, `${JSON.stringify(dtype)} is not a dtype`);
    if (classOf(data) !== name) return refuse(path, `data of dtype ${dtype} is a ${name}, got a ${classOf(data)}`);
    this.#text += `{"object_type":"array",${type},"data":{"buffer":`;
    if (this.arrays === "json+base64") {
      this.#text += '"';
      this.#flush();
      this.#push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), true);
      this.#text += '","encoding":"base64"}}';
    } else {
      this.#lists(data, shape, dtype, path);
      this.#text += ',"encoding":"json"}}';
    }
  }

  /** The elements as nested lists of the shape. */
  #lists(data: GivenArray["data"], shape: readonly number[], dtype: string, path: string): void {
    const element = dtype === "bool"
      ? (at: number) => data[at] ? "true" : "false"
      : dtype.startsWith("complex")
      ? (at: number) => `"${complexText(data[2 * at] as number, data[2 * at + 1] as number)}"`
      : (at: number) => typeof data[at] === "bigint" ? String(data[at]) : numberText(data[at] as number);
    let at = 0;
    const nested = (depth: number): string =>
      depth === shape.length
        ? element(at++)
        : `[${Array.from({ length: shape[depth]! }, () => nested(depth + 1)).join(",")}]`;
    const elements = data.length / (dtype.startsWith("complex") ? 2 : 1);
    if (shape.reduce((product, size) => product * size, 1) !== elements) {
      return refuse(path, `${elements} elements do not fill the shape [${shape.join(", ")}]`);
    }
    this.#text += nested(0);
  }
}

function refuse(path: string, what: string): never {
  throw new TypeError(`${path}: ${what}`);
}

const isGivenArray = (value: object): value is GivenArray =>
  "dtype" in value && "shape" in value && "data" in value && ArrayBuffer.isView(value.data);

function isComplex(value: unknown): value is Complex {
  if (typeof value !== "object" || value === null) return false;
  const { re, im } = value as Partial<Complex>;
  return typeof re === "number" && typeof im === "number" && Object.keys(value).length === 2;
}

const holdsComplex = (list: readonly unknown[]): boolean =>
  list.some((item) => typeof item === "object" && (Array.isArray(item) ? holdsComplex(item) : isComplex(item)));

function complexArray(numbers: readonly (number | Complex)[], shape: readonly number[]): GivenArray {
  const data = new Float64Array(2 * numbers.length);
  numbers.forEach((item, i) => {
    data[2 * i] = typeof item === "number" ? item : item.re;
    data[2 * i + 1] = typeof item === "number" ? 0 : item.im;
  });
  return { dtype: "complex128", shape, data };
}

const isPlainNumber = (value: unknown): boolean => Number.isFinite(value) && !Object.is(value, -0);

/** Minus zero is written as `-0.0`: some parsers read `-0` as the integer 0, which has no sign. */
const numberText = (value: number): string => Object.is(value, -0) ? "-0.0" : String(value);
