/**
 * What "equal to the recorded answer" means: trees of JSON by numeric value, arrays by dtype, shape and values, and of a
 * 422 the set of types and places.
 * @module
 */
import { base64Of, expand } from "./decode.ts";
import { type Json, show } from "./exact_json.ts";

/** In an expected tree: any text will do. */
export const ANY_TEXT = "\0any text";
/** In an expected fault: whatever its type. */
export const ANY_TYPE = "*";

/** The first difference between two results, in words; `undefined` if there is none. */
export function difference(actual: Json | undefined, expected: Json | undefined, place = "result"): string | undefined {
  if (expected === ANY_TEXT && typeof actual === "string" && actual !== "") return undefined;
  if (isArray(expected)) return isArray(actual) ? arrayDifference(actual, expected, place) : unlike();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return unlike();
    return firstOf(expected.map((item, i) => () => difference(actual[i], item, `${place}[${i}]`)));
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return unlike();
    const keys = Object.keys(expected);
    if (keys.length !== Object.keys(actual).length || !keys.every((key) => Object.hasOwn(actual, key))) {
      return `${place}: keys ${show(Object.keys(actual))} instead of ${show(keys)}`;
    }
    return firstOf(keys.map((key) => () => difference(actual[key], expected[key], `${place}.${key}`)));
  }
  return isNumber(actual) && isNumber(expected)
    ? sameNumber(actual, expected) ? undefined : unlike()
    : actual === expected
    ? undefined
    : unlike();

  function unlike() {
    return `${place}: ${show(actual)} instead of ${show(expected)}`;
  }
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** By value: what one side writes with all digits the other may write with an exponent. The sign of zero counts. */
function sameNumber(actual: number | bigint, expected: number | bigint): boolean {
  if (typeof actual === typeof expected) return Object.is(actual, expected);
  return Number(actual) === Number(expected);
}

interface EncodedArray {
  [key: string]: Json;
  dtype: string;
  shape: number[];
  data: { [key: string]: Json };
}

function isArray(value: Json | undefined): value is EncodedArray {
  return typeof value === "object" && value !== null && !Array.isArray(value) && value["object_type"] === "array";
}

function arrayDifference(actual: EncodedArray, expected: EncodedArray, place: string): string | undefined {
  const { object_type: _a, data: actualData, ...actualType } = actual;
  const { object_type: _e, data: expectedData, ...expectedType } = expected;
  const unlike = difference(actualType, expectedType, place);
  if (unlike !== undefined) return unlike;
  if (Object.keys(actual).join() !== "object_type,shape,dtype,data") {
    return `${place}: the keys of an array stand in the order ${Object.keys(actual)}`;
  }
  if (expectedData["compression"] === "lz4" && expectedData["encoding"] === "base64") {
    return difference(uncompressed(actualData), uncompressed(expectedData), `${place}.data`);
  }
  if (expectedData["encoding"] !== "json") return difference(actualData, expectedData, `${place}.data`);
  const { buffer: actualBuffer, ...actualRest } = actualData;
  const { buffer: expectedBuffer, ...expectedRest } = expectedData;
  return difference(actualRest, expectedRest, `${place}.data`) ??
    bufferDifference(actualBuffer, expectedBuffer, expected.dtype, `${place}.data.buffer`);
}

/** Two encoders may choose other matches: what counts is what comes out. */
function uncompressed(data: { [key: string]: Json }): Json {
  const frame = Uint8Array.from(atob(String(data["buffer"])), (character) => character.charCodeAt(0));
  return { ...data, buffer: base64Of(expand(frame)) };
}

/** Compares the numbers of an array as numbers of its dtype. */
function bufferDifference(
  actual: Json | undefined,
  expected: Json | undefined,
  dtype: string,
  place: string,
): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return `${place}: ${show(actual)} instead of ${show(expected)}`;
    }
    return firstOf(expected.map((item, i) => () => bufferDifference(actual[i], item, dtype, `${place}[${i}]`)));
  }
  const same = /^complex/.test(dtype)
    ? sameComplex(actual, expected)
    : /^float/.test(dtype)
    ? isNumber(actual) && isNumber(expected) ? Object.is(Number(actual), Number(expected)) : actual === expected
    : /^u?int/.test(dtype)
    ? isNumber(actual) && isNumber(expected) && exactly(actual) === exactly(expected)
    : actual === expected;
  return same ? undefined : `${place}: ${show(actual)} instead of ${show(expected)}`;
}

/** An integer with all its digits; `undefined` where they are lost. */
function exactly(value: number | bigint): bigint | undefined {
  return typeof value === "bigint" ? value : Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

const REAL = "[+-]?(?:NaN|nan|Infinity|inf|[0-9.]+(?:[eE][+-]?[0-9]+)?)";
const COMPLEX = new RegExp(`^(${REAL})??(?:(${REAL})j)?$`);

/** The contract writes both parts, each in the shortest form; Python drops a zero real part with its sign. */
function sameComplex(actual: Json | undefined, expected: Json | undefined): boolean {
  if (typeof actual !== "string" || typeof expected !== "string") return false;
  const [, re, im] = COMPLEX.exec(actual) ?? [];
  if (re === undefined || im === undefined || ![re, im].every(isShortest)) return false;
  const [, expectedRe = "0", expectedIm = "0"] = COMPLEX.exec(expected) ?? [];
  const [a, b] = [realOf(re), realOf(expectedRe)];
  return (a === b || Object.is(a, b)) && Object.is(realOf(im), realOf(expectedIm));
}

function realOf(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  return sign * (/^inf/i.test(digits) ? Infinity : /^nan/i.test(digits) ? NaN : Number(digits));
}

function isShortest(text: string): boolean {
  const digits = text.replace(/^[+-]/, "");
  return !/^[0-9]/.test(digits) || digits === String(Number(digits));
}

/** A fault of a 422 as far as it counts. */
export interface FaultKey {
  readonly type: string;
  readonly loc: readonly (string | number)[];
}

/** The faults of a 422's body. Of `json_invalid` the position does not count. */
export function faultsOf(body: Json | undefined): FaultKey[] {
  const detail = (body as { detail?: Json } | null | undefined)?.detail;
  if (!Array.isArray(detail)) return [];
  return (detail as unknown as FaultKey[]).map(({ type, loc }) => ({
    type,
    loc: type === "json_invalid" ? loc.slice(0, 1) : loc,
  }));
}

/** The difference between two sets of faults. */
export function faultsDifference(actual: readonly FaultKey[], expected: readonly FaultKey[]): string | undefined {
  const key = ({ type, loc }: FaultKey) => `${type} at ${loc.join(".")}`;
  const place = ({ loc }: FaultKey) => JSON.stringify(loc);
  const any = expected.filter(({ type }) => type === ANY_TYPE).map(place);
  const found = new Set(
    actual.map((fault) => any.includes(place(fault)) ? key({ ...fault, type: ANY_TYPE }) : key(fault)),
  );
  const wanted = new Set(expected.map(key));
  return found.symmetricDifference(wanted).size === 0
    ? undefined
    : `faults {${[...found].join(", ")}} instead of {${[...wanted].join(", ")}}`;
}
