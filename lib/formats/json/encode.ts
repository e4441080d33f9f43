import { detachedArray } from "../format.ts";
import { bytesOf, release } from "../../arrays/data.ts";
import { isNdArray, type NdArray } from "../../arrays/ndarray.ts";
import { jsonFloat } from "../../arrays/numbers.ts";
import { chunksToBase64, toBase64, toBase64Chunks } from "../base64.ts";
import { isSmall, listChunks, listText } from "./lists.ts";

type Compress = (bytes: Uint8Array) => Iterable<Uint8Array>;

/** How arrays are written into the text. */
type TextEncoding = "json" | "base64";

/** The text, in order, and in it the arrays that are not written yet. */
type Part = string | NdArray;

/** The minimum length of all chunks but the last one. */
const CHUNK = 2 ** 16;

/** Writes a value as UTF-8 JSON, in several chunks if it has large arrays. */
export function encodeJson(
  value: unknown,
  encoding: TextEncoding,
  compress?: Compress,
): Iterable<Uint8Array> & { borrowed?(): Iterable<Uint8Array> } {
  const parts = new TextAroundArrays(encoding, compress !== undefined).write(value);
  // Most results are small: for them generators would take longer than everything else here.
  if (parts.length === 1) return [encoder.encode(parts[0] as string)];
  const chunks = encodeParts(parts, encoding, compress);
  return Object.assign(chunks, { borrowed: () => releasing(chunks) });
}

/** The text of a value, with each array left as a part of its own, for a caller that writes the data elsewhere. */
export function textAroundArrays(value: unknown, compression: "lz4" | undefined): Part[] {
  return new TextAroundArrays("binref", compression !== undefined).write(value);
}

/** The same chunks. The memory of each is released when the next is asked for. */
function* releasing(chunks: Iterable<Uint8Array<ArrayBuffer>>): Generator<Uint8Array<ArrayBuffer>> {
  for (const chunk of chunks) {
    yield chunk;
    if (chunk.length >= CHUNK) release(chunk);
  }
}

const encoder = new TextEncoder();

function* encodeParts(
  parts: readonly Part[],
  encoding: TextEncoding,
  compress?: Compress,
): Generator<Uint8Array<ArrayBuffer>> {
  let text = "";
  for (const part of parts) {
    for (const piece of typeof part === "string" ? [part] : bufferText(part, encoding, compress)) {
      text += piece;
      if (text.length < CHUNK) continue;
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text !== "") yield encoder.encode(text);
}

function* bufferText(array: NdArray, encoding: TextEncoding, compress: Compress | undefined): Generator<string> {
  const { length } = array.data;
  if (encoding === "json") yield* listChunks(array);
  else {
    const bytes = bytesOf(array.data);
    yield '"';
    yield* compress ? chunksToBase64(compress(bytes), bytes.length) : toBase64Chunks(bytes);
    yield '"';
  }
  if (array.data.length !== length) throw detachedArray();
}

/** Writes the text of a value, except large arrays, which are left as parts of their own. */
class TextAroundArrays {
  readonly #parts: Part[] = [];
  #text = "";

  constructor(private readonly encoding: TextEncoding | "binref", private readonly compressed: boolean) {}

  write(value: unknown): Part[] {
    this.#value(value);
    this.#parts.push(this.#text);
    return this.#parts;
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text += JSON.stringify(value);
    else if (typeof value === "number") this.#text += Number.isFinite(value) ? jsonFloat(value) : `"${value}"`;
    else if (typeof value !== "object" || value === null) this.#text += String(value ?? null);
    else if (Array.isArray(value)) this.#list(value);
    else if (isNdArray(value)) this.#array(value);
    else this.#fields(value as Record<string, unknown>);
  }

  #list(list: readonly unknown[]): void {
    this.#text += "[";
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.#text += ",";
      this.#value(list[i]);
    }
    this.#text += "]";
  }

  #fields(fields: Readonly<Record<string, unknown>>): void {
    let separator = "{";
    for (const key of Object.keys(fields)) {
      if (fields[key] === undefined) continue;
      this.#text += `${separator}${JSON.stringify(key)}:`;
      separator = ",";
      this.#value(fields[key]);
    }
    this.#text += separator === "{" ? "{}" : "}";
  }

  #array(array: NdArray): void {
    const { encoding, compressed } = this;
    this.#text += `{"object_type":"array","shape":[${array.shape}],"dtype":"${array.dtype}","data":{"buffer":`;
    if (encoding === "binref" || compressed || !isSmall(array)) {
      this.#parts.push(this.#text, array);
      this.#text = "";
    } else this.#text += encoding === "json" ? listText(array) : `"${toBase64(bytesOf(array.data))}"`;
    this.#text += `,"encoding":"${encoding}"${compressed ? `,"compression":"lz4"` : ""}}}`;
  }
}
