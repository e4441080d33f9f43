/**
 * Values with arrays as JSON text.
 * @module
 */
import { isNdArray, type NdArray } from "../../arrays/ndarray.ts";
import { jsonFloat } from "../../arrays/numbers.ts";
import { base64Pieces, joinedBase64, toBase64 } from "../base64.ts";
import { bytesOf, release } from "../../arrays/data.ts";
import { isSmall, listPieces, listText } from "./lists.ts";

/** Compresses the bytes of an array, to what `compression: "lz4"` stands for, in pieces as they are made. */
type Compress = (bytes: Uint8Array) => Iterable<Uint8Array>;

/** How the elements of arrays are written. */
type TextEncoding = "json" | "base64";

/** Nested deeper than this a value is a circle, or could not be read back. */
const MAX_DEPTH = 256;

/**
 * Writes a value as UTF-8 JSON, in pieces where it has large arrays. What cannot be written is found before the
 * first piece is made.
 */
export function encodeJson(
  value: unknown,
  encoding: TextEncoding,
  compress?: Compress,
): Iterable<Uint8Array> & { lent(): Iterable<Uint8Array> } {
  const layout = new Layout(encoding, compress !== undefined);
  layout.write(value, 0);
  const all = pieces(layout.finish(), encoding, compress);
  return Object.assign(all, { lent: () => lent(all) });
}

function* lent(pieces: Iterable<Uint8Array<ArrayBuffer>>): Generator<Uint8Array<ArrayBuffer>> {
  for (const piece of pieces) {
    yield piece;
    if (piece.length >= PIECE) release(piece);
  }
}

/** The text of a value whose arrays are written elsewhere: pieces of it, and the arrays whose references are missing. */
export function layoutWithReferences(value: unknown, compression: "lz4" | undefined): (string | NdArray)[] {
  const layout = new Layout("binref", compression !== undefined);
  layout.write(value, 0);
  return layout.finish();
}

/** The text, with the large arrays left for later. */
type Part = string | NdArray;

/** Pieces are at least so long, but for the last one. */
const PIECE = 2 ** 16;

const encoder = new TextEncoder();

function* pieces(
  parts: readonly Part[],
  encoding: TextEncoding,
  compress?: Compress,
): Generator<Uint8Array<ArrayBuffer>> {
  let text = "";
  for (const part of texts(parts, encoding, compress)) {
    text += part;
    if (text.length < PIECE) continue;
    yield encoder.encode(text);
    text = "";
  }
  if (text !== "") yield encoder.encode(text);
}

function* texts(parts: readonly Part[], encoding: TextEncoding, compress: Compress | undefined): Generator<string> {
  for (const part of parts) {
    if (typeof part === "string") yield part;
    else if (encoding === "json") yield* listPieces(part);
    else {
      yield '"';
      const bytes = bytesOf(part.data);
      yield* compress ? joinedBase64(compress(bytes), bytes.length) : base64Pieces(bytes);
      yield '"';
    }
  }
}

class Layout {
  private readonly parts: Part[] = [];
  private text = "";

  constructor(private readonly encoding: TextEncoding | "binref", private readonly compressed: boolean) {}

  finish(): Part[] {
    this.parts.push(this.text);
    return this.parts;
  }

  write(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        this.text += JSON.stringify(value);
        return;
      case "number":
        this.text += Number.isFinite(value) ? jsonFloat(value) : `"${value}"`;
        return;
      case "boolean":
      case "bigint":
        this.text += String(value);
        return;
      case "undefined":
        this.text += "null";
        return;
      case "object":
        if (value === null) this.text += "null";
        else this.writeObject(value, depth);
        return;
      default:
        throw new TypeError(`A ${typeof value} cannot be written as JSON`);
    }
  }

  private writeObject(value: object, depth: number): void {
    if (depth > MAX_DEPTH) throw new TypeError("A value that is nested too deep, or contains itself, is no JSON");
    if (Array.isArray(value)) this.writeList(value, depth);
    else if (isNdArray(value)) this.writeArray(value);
    else if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
      this.write((value as { toJSON: () => unknown }).toJSON(), depth + 1);
    } else this.writeFields(value as Record<string, unknown>, depth);
  }

  private writeList(list: readonly unknown[], depth: number): void {
    this.text += "[";
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.text += ",";
      this.write(list[i], depth + 1);
    }
    this.text += "]";
  }

  private writeFields(fields: Readonly<Record<string, unknown>>, depth: number): void {
    let separator = "{";
    for (const key of Object.keys(fields)) {
      if (fields[key] === undefined) continue;
      this.text += `${separator}${JSON.stringify(key)}:`;
      separator = ",";
      this.write(fields[key], depth + 1);
    }
    this.text += separator === "{" ? "{}" : "}";
  }

  private writeArray(array: NdArray): void {
    const { encoding } = this;
    this.text += `{"object_type":"array","shape":[${array.shape}],"dtype":"${array.dtype}","data":{"buffer":`;
    if (encoding === "binref" || this.compressed || !isSmall(array)) {
      this.parts.push(this.text, array);
      this.text = "";
    } else if (encoding === "json") this.text += listText(array);
    else this.text += `"${toBase64(bytesOf(array.data))}"`;
    this.text += `,"encoding":"${encoding}"`;
    if (this.compressed) this.text += `,"compression":"lz4"`;
    this.text += "}}";
  }
}
