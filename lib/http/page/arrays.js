/**
 * Arrays: their types in the schema, nested lists, and the encoded arrays of answers.
 * @module
 */

/** Is this the schema of an encoded array? */
export const isArraySchema = (schema) => schema?.properties?.object_type?.const === "array";

/** `{ dtype, shape, isDifferentiable }`; dtype `null`: any, shape `null`: of any rank, a size `null`: any. */
export function arrayType(schema) {
  const { shape, dtype } = schema.properties;
  const hasRank = shape.minItems !== undefined && shape.minItems === shape.maxItems;
  const sizes = schema["x-shape"] ??
    Array.from({ length: shape.minItems ?? 0 }, (_, i) => sizeIn(shape.prefixItems?.[i]));
  const name = dtype.examples?.[0] ?? dtype.const ?? null;
  // complex numbers fit nothing that is real: where both are taken, everything is
  const isAny = dtype.enum?.includes("complex64") && !name?.startsWith("complex");
  return {
    dtype: isAny ? null : name,
    shape: hasRank ? sizes : null,
    isDifferentiable: schema.array_flags?.includes("DIFFERENTIABLE") ?? false,
  };
}

/** A size that is fixed admits 1 as well, which is broadcast. */
function sizeIn(schema) {
  if (schema?.const !== undefined) return schema.const;
  return schema?.enum ? Math.max(...schema.enum) : null;
}

/** `float64 [rows, any]`, for people. */
export function typeText({ dtype, shape }) {
  const name = dtype ?? "any dtype";
  if (shape === null) return `${name}, any shape`;
  return shape.length === 0 ? name : `${name} [${shape.map((size) => size ?? "any").join(", ")}]`;
}

/** An array that fits a type, made up: free sizes are 3. */
export function sampleArray({ dtype, shape }) {
  const sizes = (shape ?? [3]).map((size) => typeof size === "number" ? size : sizeOfName(size));
  const element = dtype === "bool" ? false : 1;
  if (sizes.includes(0)) return { shape: sizes, dtype: dtype ?? "float64", data: { buffer: [], encoding: "json" } };
  return sizes.reduceRight((item, size) => Array.from({ length: size }, () => structuredClone(item)), element);
}

/** `n`, `n+1`, `n-1`: with n = 3. */
const sizeOfName = (name) => Math.max(0, 3 + Number(/[+-]\d+$/.exec(String(name ?? "").replaceAll(" ", ""))?.[0] ?? 0));

export const isEncoded = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && "dtype" in value && "shape" in value;

export const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** The shape of nested lists; `undefined` if they are ragged. */
export function shapeOf(value) {
  if (isEncoded(value)) return value.shape;
  if (!Array.isArray(value)) return [];
  const [first, ...rest] = value.map(shapeOf);
  if (value.length === 0) return [0];
  return first && rest.every((shape) => String(shape) === String(first)) ? [value.length, ...first] : undefined;
}

/** A number as a person writes it: large integers keep their digits; what is none stays text, and the server says so. */
export function parseElement(text) {
  const trimmed = text.trim();
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  if (trimmed === "" || !Number.isFinite(Number(trimmed)) || /^[+-]?0[box]/i.test(trimmed)) return trimmed;
  return /^[+-]?\d+$/.test(trimmed) && !Number.isSafeInteger(Number(trimmed))
    ? BigInt(trimmed.replace("+", ""))
    : Number(trimmed);
}

/** `1, 2, 3`, `1 2 3`, or one number in a line. */
export const parseRow = (text) => text.split(/[\s,;]+/).filter((part) => part !== "").map(parseElement);

/** An element as it is written in a field. */
export const elementText = (element) => Object.is(element, -0) ? "-0" : String(element ?? "NaN");

const TYPED = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** An encoded array of an answer as `{ dtype, shape, data }`; the parts of complex numbers follow each other. */
export function decode({ dtype, shape, data: { buffer, encoding } }) {
  if (encoding !== "base64") return { dtype, shape, data: [buffer].flat(Infinity) };
  const { buffer: bytes } = Uint8Array.fromBase64?.(buffer) ??
    Uint8Array.from(atob(buffer), (character) => character.charCodeAt(0));
  if (dtype === "float16") return { dtype, shape, data: Float32Array.from(new Uint16Array(bytes), float16) };
  return { dtype, shape, data: new TYPED[dtype](bytes) };
}

/** The number whose bits these are (IEEE 754, binary16); not all browsers have Float16Array. */
function float16(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bytes of typed elements as an encoded array. */
export function encode({ dtype, shape, data }) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { object_type: "array", shape, dtype, data: { buffer: btoa(text), encoding: "base64" } };
}

/** The element at a place of a decoded array, as text with all its digits. */
export function textAt({ dtype, data }, index) {
  if (dtype === "bool") return data[index] ? "true" : "false";
  if (!dtype.startsWith("complex")) return dtype === "float32" ? short(data[index], 8) : elementText(data[index]);
  const [re, im] = [data[2 * index], data[2 * index + 1]];
  return `${short(re)} ${im < 0 ? "−" : "+"} ${short(Math.abs(im))}j`;
}

/** A number with so many significant digits at most. */
export function short(number, digits = 6) {
  return typeof number === "bigint" || !Number.isFinite(number)
    ? String(number)
    : String(Number(number.toPrecision(digits)));
}

/** What is plotted of an array: real numbers, of complex ones the magnitude. */
export function realValues({ dtype, data }) {
  if (!dtype.startsWith("complex")) return Float64Array.from(data, Number);
  return Float64Array.from({ length: data.length / 2 }, (_, i) => Math.hypot(data[2 * i], data[2 * i + 1]));
}
