/**
 * The messages of faults: one English sentence each.
 * @module
 */
import { ArrayFault } from "../arrays/fault.ts";
import { NumberList } from "../arrays/number_list.ts";
import { cut, escapeControls } from "../message_text.ts";
import type { Fault, Loc } from "./faults.ts";
import { describeMismatch, type SizeMismatch } from "./named_sizes.ts";
import { STRING_FORMATS } from "./string_formats.ts";

type Ctx = Readonly<Record<string, unknown>>;

/** `[2, any]` */
export const shapeText = (shape: unknown): string =>
  Array.isArray(shape) ? `[${shape.map((n) => n === null ? "any" : beginning(n)).join(", ")}]` : beginning(shape);

/** `'a', 'b' or 'c'` */
export function orList(values: readonly unknown[]): string {
  const words = values.map((value) => typeof value === "string" ? `'${value}'` : String(value));
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** `'a', 'b'`: the first of some names, which may be any number of any length. */
export function quotedNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 20).map((name) => `'${escapeControls(cut(name, 60))}'`);
  return (shown.join(", ") || "nothing") + (all.length > 20 ? ` and ${all.length - 20} more` : "");
}

const items = (n: unknown): string => `${n} item${n === 1 ? "" : "s"}`;
const characters = (n: unknown): string => `${n} character${n === 1 ? "" : "s"}`;

/** `, but [1, 2] is "x"`, or of a scalar `, got "x"` */
const gotAt = ({ index, got }: Ctx): string =>
  index !== undefined ? `, but ${shapeText(index)} is ${got}` : got !== undefined ? `, got ${got}` : "";

const WORDS: Readonly<Record<string, (ctx: Ctx) => string>> = {
  missing: ({ field }) => field === undefined ? "Field required" : `The key '${field}' of the encoded array is missing`,
  extra_forbidden: ({ key }) =>
    key === undefined ? "This field is not known here" : `The key '${key}' is not known here`,
  json_invalid: ({ error, format = "JSON" }) => `The payload is not valid ${format}: ${error}`,
  literal_error: ({ expected }) =>
    expected === undefined ? "The value is not one of those allowed" : `Expected ${expected}`,
  enum: ({ expected }) => `Expected ${expected}`,
  value_error: ({ error, format }) =>
    format === undefined
      ? String(error ?? "The value is not valid")
      : `Expected ${STRING_FORMATS[String(format)]?.words ?? `a string of format ${format}`}`,
  string_type: () => "Expected a string",
  string_too_short: ({ min_length }) => `The string must have at least ${characters(min_length)}`,
  string_too_long: ({ max_length }) => `The string must have at most ${characters(max_length)}`,
  string_pattern_mismatch: ({ pattern }) => `The string must match the pattern ${pattern}`,
  int_type: () => "Expected an integer",
  int_parsing: () => "Expected an integer, not a string",
  int_parsing_size: () => "The integer is beyond ±(2^53-1), which a plain number cannot hold; an int64 scalar can",
  int_from_float: () => "Expected an integer, got a number with a fraction",
  float_type: () => "Expected a number",
  float_parsing: () => "Expected a number, not a string",
  finite_number: () => "Expected a finite number",
  bool_type: () => "Expected true or false",
  bool_parsing: () => "Expected true or false, not a string or a number",
  none_required: () => "Expected null",
  list_type: () => "Expected a list",
  set_type: () => "Expected a list of paths",
  tuple_type: () => "Expected a list of fixed length",
  dict_type: () => "Expected an object",
  model_attributes_type: () => "Expected an object",
  too_short: ({ min_length, actual_length }) => `Expected at least ${items(min_length)}, got ${actual_length}`,
  too_long: ({ max_length, actual_length }) => `Expected at most ${items(max_length)}, got ${actual_length}`,
  greater_than: ({ gt }) => `The number must be greater than ${gt}`,
  greater_than_equal: ({ ge }) => `The number must be at least ${ge}`,
  less_than: ({ lt }) => `The number must be less than ${lt}`,
  less_than_equal: ({ le }) => `The number must be at most ${le}`,
  multiple_of: ({ multiple_of }) => `The number must be a multiple of ${multiple_of}`,
  union_tag_not_found: ({ discriminator }) =>
    `The field ${discriminator}, which says what kind of object this is, is missing`,
  union_tag_invalid: ({ tag, discriminator, expected_tags }) =>
    `'${tag}' in the field ${discriminator} is not one of ${expected_tags}`,
  array_invalid_dtype: ({ dtype }) => `${typeof dtype === "string" ? `'${dtype}'` : beginning(dtype)} is not a dtype`,
  array_dimensionality_mismatch: ({ actual_dims, expected_dims }) =>
    `The array has the wrong number of dimensions: got ${actual_dims}D, expected ${expected_dims}D`,
  array_shape_mismatch: ({ actual_shape, expected_shape, error, ...ctx }) =>
    ctx["dimension"] !== undefined
      ? describeMismatch(ctx as unknown as SizeMismatch)
      : error !== undefined
      ? `The shape ${shapeText(actual_shape)} ${error}`
      : expected_shape === undefined
      ? `The shape ${shapeText(actual_shape)} must be a list of whole numbers of zero or more`
      : `The array's shape ${shapeText(actual_shape)} does not fit the expected shape ${shapeText(expected_shape)}`,
  array_dtype_mismatch: ({ actual_dtype, expected_dtype, index, got }) =>
    `An array of ${actual_dtype} cannot be cast to ${expected_dtype}` +
    (index === undefined ? "" : `: ${shapeText(index)} is ${got}`),
  array_value_out_of_range: ({ value, index, expected_dtype }) =>
    `The value ${value} does not fit into ${expected_dtype}${index === undefined ? "" : `, at ${shapeText(index)}`}`,
  array_non_numeric: (ctx) => `Expected an array: a number, nested lists of numbers, or an encoded array${gotAt(ctx)}`,
  array_expected_integer: (ctx) => `Expected ${ctx["index"] === undefined ? "an integer" : "integers"}${gotAt(ctx)}`,
  array_decode_error: ({ encoding, error }) =>
    encoding === undefined
      ? `The array cannot be decoded: ${error}`
      : `The ${encoding} buffer cannot be decoded: ${error}`,
};

/** What is wrong, in a sentence: the author's own message if the schema has one. */
export function describeFault({ type, ctx = {}, message }: Fault): string {
  return message ?? WORDS[type]?.(shortened(ctx)) ?? "The value is not valid";
}

/** How much of a payload a message quotes: characters of a text, sizes of a shape. */
const LONGEST_TEXT = 400;
const MOST_SIZES = 65;

/** The facts that come from the payload and may be of any length; only these are shortened. */
const OF_PAYLOAD = new Set(["dtype", "tag", "key", "error", "value", "actual_shape", "got"]);

/** The facts, with the long ones cut. */
function shortened(ctx: Ctx): Ctx {
  return Object.fromEntries(
    Object.entries(ctx).map(([name, fact]) => {
      if (!OF_PAYLOAD.has(name)) return [name, fact];
      if (typeof fact === "string") return [name, escapeControls(cutInside(fact))];
      return [name, Array.isArray(fact) && fact.length > MOST_SIZES ? [...fact.slice(0, MOST_SIZES), "…"] : fact];
    }),
  );
}

/** Cuts out the middle: the reason is at the end, behind a file name that may be long. */
function cutInside(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT / 2)}…${text.slice(-LONGEST_TEXT / 2)}`;
}

/** A place as text: `inputs.layers.0.weight`. */
export const dotted = (loc: Loc): string =>
  loc.map((part) => typeof part === "string" ? escapeControls(cut(part, LONGEST_TEXT)) : part).join(".");

/** A fault as clients get it: an entry of the `detail` of a 422. */
export interface FaultJson {
  readonly type: string;
  readonly loc: Loc;
  readonly msg: string;
  readonly input?: unknown;
  readonly ctx?: Ctx;
}

/** The fault as an entry of `detail`, its place below `prefix`. */
export function faultJson(fault: Fault, prefix: Loc): FaultJson {
  const { type, loc, ctx, input } = fault;
  return {
    type,
    // a key may be as long as the payload
    loc: [...prefix, ...loc.map((part) => typeof part === "string" ? cut(part, LONGEST_TEXT) : part)],
    msg: describeFault(fault),
    ...input === undefined || input instanceof ArrayFault ? {} : { input: preview(input) },
    ...ctx === undefined || Object.keys(ctx).length === 0 ? {} : { ctx: shortened(ctx) },
  };
}

/** A fault of a payload, for people: `inputs.layers.0.weight: what is wrong with it`. */
export function faultLine(fault: Fault): string {
  const words = describeFault(fault);
  // The location of a syntax error is its position in the text.
  if (fault.type === "json_invalid") return fault.loc.length === 0 ? words : `${words} (at character ${fault.loc[0]})`;
  const isMissing = fault.type === "missing";
  if (isMissing && fault.loc.length === 0) return `The payload is empty; ${FORM}`;
  const place = fault.loc.length === 0 ? "payload" : dotted(fault.loc);
  return `${place}: ${words}${isMissing && place === "inputs" ? `; ${FORM}` : ""}`;
}

const FORM = 'a payload has the form {"inputs": {…}}';

/** The same for the faults in the `detail` of a 422, whose places begin with "body". */
export const faultLines = (detail: readonly FaultJson[]): string =>
  detail.map(({ type, loc, msg }) => faultLine({ type, loc: loc.slice(1), message: msg })).join("; ");

const PREVIEW_LENGTH = 80;

/** A value as faults show it: strings, numbers and the like themselves, objects and lists as text; cut if long. */
export function preview(value: unknown): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return cut(String(value), PREVIEW_LENGTH);
  let text = previews.get(value);
  if (text === undefined) previews.set(value, text = cut(beginning(value), PREVIEW_LENGTH));
  return text;
}

/** A cache: each branch of a union reports the same value, which may have a million keys. */
const previews = new WeakMap<object, string>();

/** The beginning of a JSON text of the value: only as much is looked at as is shown. */
function beginning(value: unknown): string {
  let text = "";
  const write = (item: unknown): void => {
    if (text.length > PREVIEW_LENGTH) return;
    if (item instanceof NumberList) item = item.toLists(PREVIEW_LENGTH);
    if (typeof item === "string") text += JSON.stringify(item.slice(0, PREVIEW_LENGTH));
    else if (typeof item !== "object" || item === null) text += String(item);
    else if (Array.isArray(item) || ArrayBuffer.isView(item)) {
      let separator = "[";
      for (const part of item as Iterable<unknown>) {
        if (text.length > PREVIEW_LENGTH) return;
        text += separator;
        separator = ", ";
        write(part);
      }
      text += separator === "[" ? "[]" : "]";
    } else {
      let separator = "{";
      for (const key in item) {
        if (text.length > PREVIEW_LENGTH) return;
        text += `${separator}${JSON.stringify(key)}: `;
        separator = ", ";
        write((item as Record<string, unknown>)[key]);
      }
      text += separator === "{" ? "{}" : "}";
    }
  };
  write(value);
  return text;
}
