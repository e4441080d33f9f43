/**
 * What answers hold besides JSON. (The codecs themselves are tested against golden/msgpack.json and lz4.json.)
 * @module
 */
import { bytesOf } from "../../lib/arrays/data.ts";
import { isNdArray } from "../../lib/arrays/ndarray.ts";
import { decompressFrame } from "../../lib/formats/lz4/frame.ts";
import { readMsgpack } from "../../lib/formats/msgpack/read.ts";
import type { Json } from "./exact_json.ts";

/** Base64 of bytes. */
export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** An answer in msgpack as a tree of JSON. */
export function fromMsgpack(bytes: Uint8Array): Json {
  return asJson(readMsgpack([bytes]));
}

function asJson(value: unknown): Json {
  if (isNdArray(value)) {
    const data = { buffer: base64Of(bytesOf(value.data)), encoding: "base64" };
    return { object_type: "array", shape: [...value.shape], dtype: value.dtype, data };
  }
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
}

/** What an LZ4 frame, which says how long that is, expands to. */
export function expand(frame: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = frame;
  return decompressFrame(frame, Number(new DataView(buffer, byteOffset).getBigUint64(6, true)));
}
