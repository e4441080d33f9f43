import type { Complex } from "../arrays/dtypes.ts";
import type { NdArray } from "../arrays/ndarray.ts";
import { parseComplex } from "../arrays/numbers.ts";
import { decompressFrame } from "../formats/lz4/frame.ts";
import { readBase64 } from "./base64.ts";
import { arrayClassOf } from "./dtypes.ts";

/**
 * Strings of at least this many bytes are cut out before the rest is parsed: the whole may be too long for one string.
 */
const LONG = 1 << 16;

/** Integers that a double may not hold exactly; and strings, so that digits in them are skipped. */
const LARGE_INTEGERS = /"(?:[^"\\]|\\.)*"|(?<![\d.])-?\d{16,}(?![\d.eE])/g;

/** Numbers that JSON does not have, as Python writes them; and strings, so that these words in them are skipped. */
const BARE_WORDS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * The value of an answer, which is JSON. Encoded arrays become `{ dtype, shape, data }`; those of shape `[]` plain
 * values if `scalars` says so. Throws an `Error` that names the place of what cannot be read.
 */
export function decodeAnswer(bytes: Uint8Array, scalars: boolean): unknown {
  return new Reader(scalars).read(bytes);
}

type Tree = Record<string, unknown>;

class Reader {
  /** A random prefix that no string of an answer has. It marks strings that were put in the place of something else. */
  readonly #mark = `${Math.random()}:`;
  /** The long strings that were cut out, as they are in the JSON. */
  readonly #long: Uint8Array[] = [];

  constructor(private readonly scalars: boolean) {}

  read(bytes: Uint8Array): unknown {
    const text = bytes.length < LONG ? textOf(bytes) : this.#takeOut(bytes);
    return this.#revive(this.#parse(text), "");
  }

  /** The JSON text, in which each long string is replaced by the mark and its index in `#long`. */
  #takeOut(bytes: Uint8Array): string {
    let text = "";
    let from = 0;
    for (let open = bytes.indexOf(QUOTE); open >= 0;) {
      let close = bytes.indexOf(QUOTE, open + 1);
      while (close >= 0 && isEscaped(bytes, close)) close = bytes.indexOf(QUOTE, close + 1);
      if (close < 0) break;
      if (close - open > LONG) {
        text += `${textOf(bytes.subarray(from, open + 1))}${this.#mark}${this.#long.length}`;
        this.#long.push(bytes.subarray(open + 1, close));
        from = close;
      }
      open = bytes.indexOf(QUOTE, close + 1);
    }
    return text + textOf(bytes.subarray(from));
  }

  #parse(text: string): unknown {
    if (/(?<![\d.])\d{16}/.test(text)) {
      text = text.replace(LARGE_INTEGERS, (found) => found[0] === '"' ? found : `"${this.#mark}i${found}"`);
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      const repaired = text.replace(BARE_WORDS, (found) => found[0] === '"' ? found : `"${found}"`);
      if (repaired === text) throw error;
      return JSON.parse(repaired);
    }
  }

  #revive(value: unknown, path: string): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null) return value;
    if (isEncoded(value)) {
      try {
        return this.#array(value);
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`);
      }
    }
    for (const key of Object.keys(value)) {
      const before = (value as Tree)[key];
      const after = this.#revive(
        before,
        Array.isArray(value) ? `${path}.[${key}]` : path === "" ? key : `${path}.${key}`,
      );
      if (after !== before) (value as Tree)[key] = after;
    }
    return value;
  }

  /** What a string stands for: if it has the mark, a long string or a large integer, else itself. */
  #text(text: string): string | number {
    if (!text.startsWith(this.#mark)) return text;
    const rest = text.slice(this.#mark.length);
    return rest[0] === "i" ? Number(rest.slice(1)) : JSON.parse(`"${textOf(this.#long[Number(rest)]!)}"`) as string;
  }

  #array({ dtype, shape, data }: Encoded): unknown {
    const Data = arrayClassOf(dtype);
    const components = dtype.startsWith("complex") ? 2 : 1;
    const size = shape.reduce((product, n) => product * n, components);
    const bytes = Data.BYTES_PER_ELEMENT * size;
    let elements: NdArray["data"];
    if (data.encoding === "json") {
      elements = new Data(new ArrayBuffer(bytes));
      this.#fill(elements, data.buffer, dtype, size);
    } else if (data.encoding === "base64") {
      const read = readBase64(this.#bytes(data.buffer));
      const plain = data.compression === "lz4" ? decompressFrame(read, bytes) : read;
      if (plain.length !== bytes) throw new Error(`${plain.length} bytes do not fill ${size} elements of ${dtype}`);
      elements = new Data(plain.buffer);
    } else throw new Error(`the encoding ${data.encoding} cannot be read here`);
    return shape.length === 0 && this.scalars ? scalarOf(dtype, elements) : { dtype, shape, data: elements };
  }

  /** The base64 text of a buffer, as bytes. */
  #bytes(buffer: unknown): Uint8Array {
    const text = String(buffer);
    return text.startsWith(this.#mark) ? this.#long[Number(text.slice(this.#mark.length))]! : encoder.encode(text);
  }

  /** Copies the elements of nested lists into `data`. */
  #fill(data: NdArray["data"], lists: unknown, dtype: string, size: number): void {
    let at = 0;
    const isBig = dtype.endsWith("int64");
    const visit = (item: unknown): void => {
      if (Array.isArray(item)) return item.forEach(visit);
      const digits = typeof item === "string" && item.startsWith(this.#mark) ? item.slice(this.#mark.length + 1) : item;
      if (dtype.startsWith("complex")) {
        const { re, im } = complexOf(digits);
        data[at++] = re;
        data[at++] = im;
      } else if (isBig) data[at++] = BigInt(digits as string | number);
      else data[at++] = digits === null ? NaN : Number(digits);
    };
    visit(lists);
    if (at !== size) throw new Error(`${at} elements where the shape has ${size}`);
  }
}

const QUOTE = 34, BACKSLASH = 92;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Is there an odd number of backslashes before this place? */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  let from = at;
  while (bytes[from - 1] === BACKSLASH) from--;
  return (at - from) % 2 === 1;
}

interface Encoded {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: { readonly buffer: unknown; readonly encoding: string; readonly compression?: string | null };
}

function isEncoded(value: object): value is Encoded {
  const { object_type, shape, data } = value as Partial<Encoded> & { object_type?: unknown };
  return object_type === "array" && Array.isArray(shape) && typeof data?.encoding === "string";
}

function scalarOf(dtype: string, data: NdArray["data"]): number | bigint | boolean | Complex {
  if (dtype === "bool") return data[0] !== 0;
  return dtype.startsWith("complex") ? { re: data[0] as number, im: data[1] as number } : data[0]!;
}

function complexOf(item: unknown): Complex {
  const complex = typeof item === "string" ? parseComplex(item) : { re: item === null ? NaN : Number(item), im: 0 };
  if (complex === undefined) throw new Error(`${JSON.stringify(item)} is no complex number`);
  return complex;
}
