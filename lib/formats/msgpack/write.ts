import { bytesOf } from "../../arrays/data.ts";
import { DTYPES } from "../../arrays/dtypes.ts";
import { isNdArray, type NdArray } from "../../arrays/ndarray.ts";

/** Data of at least this many bytes become a chunk of their own, and are not copied. */
const LARGE = 2 ** 16;

/**
 * Writes a value, as the same bytes as msgpack-python and msgpack-numpy. Large arrays become chunks that are views of
 * their memory. All chunks are made at once, so that whatever can fail does so here.
 */
export function writeMsgpack(value: unknown): Uint8Array[] {
  const writer = new MsgpackWriter();
  writer.value(value);
  return writer.finish();
}

class MsgpackWriter {
  readonly #chunks: Uint8Array[] = [];
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  finish(): Uint8Array[] {
    if (this.#at > 0) this.#chunks.push(this.#bytes.subarray(0, this.#at));
    return this.#chunks;
  }

  value(value: unknown): void {
    if (typeof value === "string") this.#string(value);
    else if (typeof value === "boolean") this.#uint8(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") {
      // Msgpack has no integer minus zero, and beyond 2^53 a float is not an exact integer.
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#integer(value);
      else this.#float(value);
    } else if (typeof value === "bigint") {
      if (Number.isSafeInteger(Number(value))) this.#integer(Number(value));
      else this.#long(value);
    } else if (typeof value !== "object" || value === null) this.#uint8(0xc0); // nil, also for undefined
    else if (Array.isArray(value)) {
      this.#count(value.length, 0x90, 0xdc);
      for (let i = 0; i < value.length; i++) this.value(value[i]);
    } else if (value instanceof Uint8Array) this.#binary(value);
    else if (isNdArray(value)) this.#array(value);
    else {
      const fields = Object.entries(value).filter(([, field]) => field !== undefined);
      this.#count(fields.length, 0x80, 0xde);
      for (const [key, field] of fields) {
        this.#string(key);
        this.value(field);
      }
    }
  }

  /** A float64 scalar is a plain float, as in Python; all other scalars and arrays are the maps of msgpack-numpy. */
  #array({ dtype, shape, data }: NdArray): void {
    const isArray = shape.length > 0;
    if (!isArray && dtype === "float64") return this.#float(data[0] as number);
    this.#uint8(isArray ? 0x85 : 0x83);
    this.#key("nd");
    this.#uint8(isArray ? 0xc3 : 0xc2);
    this.#key("type");
    this.#string(DTYPES[dtype].numpy);
    if (isArray) {
      this.#key("kind");
      this.#binary(new Uint8Array(0));
      this.#key("shape");
      this.value(shape);
    }
    this.#key("data");
    this.#binary(bytesOf(data));
  }

  #key(name: string): void {
    this.#binary(this.#encoder.encode(name));
  }

  #binary(bytes: Uint8Array): void {
    if (bytes.length > 0xffffffff) throw new TypeError("Msgpack cannot hold an array of 4 GiB and more");
    if (bytes.length < 2 ** 8) this.#number(0xc4, 1, bytes.length);
    else this.#length(bytes.length, 0xc5);
    if (bytes.length < LARGE) return this.#copy(bytes);
    this.#chunks.push(this.#bytes.subarray(0, this.#at), bytes);
    this.#bytes = new Uint8Array(512);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
  }

  #string(text: string): void {
    const bytes = this.#encoder.encode(text);
    if (bytes.length < 2 ** 5) this.#uint8(0xa0 | bytes.length);
    else if (bytes.length < 2 ** 8) this.#number(0xd9, 1, bytes.length);
    else this.#length(bytes.length, 0xda);
    this.#copy(bytes);
  }

  /** The length of a list or map: in the head byte if it is short, else after it. */
  #count(count: number, short: number, wide: number): void {
    if (count < 2 ** 4) this.#uint8(short | count);
    else this.#length(count, wide);
  }

  /** A length: 2 bytes after `head`, or 4 after `head + 1`. */
  #length(length: number, head: number): void {
    if (length < 2 ** 16) this.#number(head, 2, length);
    else this.#number(head + 1, 4, length);
  }

  /** In as few bytes as possible. */
  #integer(value: number): void {
    if (value < 0) {
      if (value >= -(2 ** 5)) this.#uint8(value & 0xff);
      else if (value >= -(2 ** 7)) this.#number(0xd0, 1, value);
      else if (value >= -(2 ** 15)) this.#number(0xd1, 2, value);
      else if (value >= -(2 ** 31)) this.#number(0xd2, 4, value);
      else this.#long(BigInt(value));
    } else if (value < 2 ** 7) this.#uint8(value);
    else if (value < 2 ** 8) this.#number(0xcc, 1, value);
    else if (value < 2 ** 16) this.#number(0xcd, 2, value);
    else if (value < 2 ** 32) this.#number(0xce, 4, value);
    else this.#long(BigInt(value));
  }

  #long(value: bigint): void {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new TypeError(`Msgpack cannot hold the integer ${value}`);
    const at = this.#head(value >= 0n ? 0xcf : 0xd3, 8);
    this.#view.setBigInt64(at, value);
  }

  #float(value: number): void {
    const at = this.#head(0xcb, 8);
    this.#view.setFloat64(at, value);
  }

  #number(head: number, bytes: 1 | 2 | 4, value: number): void {
    const at = this.#head(head, bytes);
    if (bytes === 1) this.#view.setInt8(at, value);
    else if (bytes === 2) this.#view.setInt16(at, value);
    else this.#view.setInt32(at, value);
  }

  #uint8(value: number): void {
    this.#head(value, 0);
  }

  #copy(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Writes a head byte and makes room for so many bytes after it. Returns where the room is. */
  #head(head: number, bytes: number): number {
    const at = this.#room(1 + bytes);
    this.#bytes[at] = head;
    return at + 1;
  }

  #room(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#at);
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
