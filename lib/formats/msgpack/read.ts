import { Undecodable } from "../format.ts";
import { arrayOfMap, complexOfMap, isNumpyMap, plainScalar } from "./numpy_map.ts";
import { isNdArray } from "../../arrays/ndarray.ts";

/** As in JSON. */
const MAX_DEPTH = 256;

/**
 * Reads msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md) from clients that are not trusted: a length is
 * checked against the bytes that are there, and depth, strings and keys have the same limits as in JSON.
 *
 * Maps become objects; NumPy arrays become `NdArray`s, or the `ArrayFault` that says why they cannot be decoded; binary
 * data become `Uint8Array`s; integers beyond ±(2^53−1) become bigints. Throws `Undecodable`.
 *
 * @param chunks the bytes, cut anywhere. The caller must not use them any more: they may become the data of arrays.
 */
export function readMsgpack(chunks: readonly Uint8Array[]): unknown {
  const reader = new MsgpackReader(chunks);
  if (reader.left === 0) throw new Undecodable("the payload is empty", undefined, true);
  return reader.payload();
}

/** The methods that read numbers. */
type Getter = `get${"Int" | "Uint"}${8 | 16 | 32}` | `getBig${"Int" | "Uint"}64` | `getFloat${32 | 64}`;

class MsgpackReader {
  /** How many bytes are not read yet. */
  left: number;
  /** The chunks after `#bytes`, in reverse order. */
  readonly #later: Uint8Array[];
  readonly #size: number;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #depth = 0;

  constructor(chunks: readonly Uint8Array[]) {
    this.#later = chunks.toReversed();
    this.left = this.#size = chunks.reduce((size, chunk) => size + chunk.length, 0);
  }

  payload(): unknown {
    const value = this.#value();
    if (this.left > 0) this.#fail("there is more after the payload");
    return value;
  }

  #value(inList = false): unknown {
    const head = this.#uint8();
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 15, inList);
    if (head < 0xa0) return this.#list(head & 15);
    if (head < 0xc0) return this.#string(head & 31);
    if (head >= 0xe0) return head - 0x100;
    // deno-fmt-ignore: one row for each kind of value, as in the specification
    switch (head) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.#binary(this.#uint8());
      case 0xc5: return this.#binary(this.#uint16());
      case 0xc6: return this.#binary(this.#uint32());
      case 0xca: return this.#number("getFloat32", 4);
      case 0xcb: return this.#number("getFloat64", 8);
      case 0xcc: return this.#uint8();
      case 0xcd: return this.#uint16();
      case 0xce: return this.#uint32();
      case 0xcf: return safe(this.#number("getBigUint64", 8));
      case 0xd0: return this.#number("getInt8", 1);
      case 0xd1: return this.#number("getInt16", 2);
      case 0xd2: return this.#number("getInt32", 4);
      case 0xd3: return safe(this.#number("getBigInt64", 8));
      case 0xd9: return this.#string(this.#uint8());
      case 0xda: return this.#string(this.#uint16());
      case 0xdb: return this.#string(this.#uint32());
      case 0xdc: return this.#list(this.#uint16());
      case 0xdd: return this.#list(this.#uint32());
      case 0xde: return this.#map(this.#uint16(), inList);
      case 0xdf: return this.#map(this.#uint32(), inList);
      case 0xc1: return this.#fail("it is not msgpack");
      default: return this.#fail("it has an extension type, and none is understood");
    }
  }

  #list(length: number): unknown[] {
    this.#enter(length);
    const list: unknown[] = [];
    for (let i = 0; i < length; i++) list.push(this.#value(true));
    this.#depth--;
    return list;
  }

  #map(length: number, inList: boolean): unknown {
    this.#enter(2 * length);
    const map: Record<string, unknown> = {};
    let binaryKeys = 0;
    for (let i = 0; i < length; i++) {
      const key = this.#value();
      if (key instanceof Uint8Array) binaryKeys++;
      else if (typeof key !== "string") this.#fail("a key of a map is not a string");
      setOwn(map, typeof key === "string" ? key : this.#decode(key as Uint8Array), this.#value());
    }
    this.#depth--;
    const isNumpy = isNumpyMap(map);
    if (!isNumpy && binaryKeys === 0) return map;
    const array = isNumpy ? arrayOfMap(map) : complexOfMap(map) ?? this.#fail("a key of a map is not a string");
    // In a plain list a NumPy scalar is a number like any other.
    return inList && isNdArray(array) && array.shape.length === 0 ? plainScalar(array) : array;
  }

  /** Begins a list or map. Each of its items has at least one byte. */
  #enter(items: number): void {
    if (++this.#depth > MAX_DEPTH) this.#fail(`it is nested deeper than ${MAX_DEPTH}`);
    if (items > this.left) this.#incomplete();
  }

  #string(length: number): string {
    return this.#decode(this.#binary(length));
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#text.decode(bytes);
    } catch (error) {
      return this.#fail(error instanceof TypeError ? "a string is not UTF-8" : "a string is too long");
    }
  }

  #binary(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Moves past the next bytes, and returns where they begin in `#bytes`, which has all of them. */
  #skip(length: number): number {
    if (length > this.#bytes.length - this.#at) this.#gather(length);
    this.left -= length;
    this.#at += length;
    return this.#at - length;
  }

  /** Makes the next `length` bytes the beginning of `#bytes`, which becomes a chunk, or a copy of parts of several. */
  #gather(length: number): void {
    if (length > this.left) this.#incomplete();
    let chunk: Uint8Array = this.#bytes.subarray(this.#at);
    if (chunk.length === 0) chunk = this.#later.pop()!;
    if (chunk.length < length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (; chunk.length < length - filled; chunk = this.#later.pop()!) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      bytes.set(chunk.subarray(0, length - filled), filled);
      this.#later.push(chunk.subarray(length - filled));
      chunk = bytes;
    }
    this.#bytes = chunk;
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#at = 0;
  }

  #number<G extends Getter>(get: G, length: number): ReturnType<DataView[G]> {
    const at = this.#skip(length);
    return this.#view[get](at) as ReturnType<DataView[G]>;
  }

  #uint8(): number {
    return this.#number("getUint8", 1);
  }

  #uint16(): number {
    return this.#number("getUint16", 2);
  }

  #uint32(): number {
    return this.#number("getUint32", 4);
  }

  #incomplete(): never {
    throw new Undecodable("it is incomplete", undefined);
  }

  #fail(reason: string): never {
    throw new Undecodable(`${reason} (before byte ${this.#size - this.left})`, undefined);
  }
}

function safe(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Sets a property. An assignment to `__proto__` would set the prototype instead. */
function setOwn(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
