/**
 * The formats `json` and `json+base64`, which differ in how arrays are written.
 * @module
 */
import { importLater } from "../../import_later.ts";
import { concat, decodeUtf8 } from "../chunks.ts";
import { decodeArrays } from "../decode_arrays.ts";
import type { Chunks } from "../../storage/backend.ts";
import { type Codec, type DecodeOptions, Undecodable } from "../format.ts";
import { encodeJson } from "./encode.ts";
import type { LargeJson } from "./large.ts";
import { parseJson } from "./parse.ts";

/** In bytes. A larger payload is decoded while it arrives. */
const LARGE = 2 ** 16;
/** In bytes. A longer UTF-8 text cannot be a string: V8 allows 2^29 UTF-16 units, each of at most three bytes. */
const LONGEST_TEXT = 3 * 2 ** 29;

/** Reads a JSON payload. Its arrays may be in any encoding. */
export function decodeJson(chunks: Chunks, options: DecodeOptions): unknown {
  // Most payloads are small and in one chunk: for them `for await` would take a tenth of the time.
  if (Array.isArray(chunks) && chunks.length === 1 && chunks[0].length <= LARGE) {
    return decodeArrays(parseJson(decodeUtf8(chunks[0])), options);
  }
  return decodeChunks(chunks, options);
}

async function decodeChunks(chunks: Chunks, options: DecodeOptions): Promise<unknown> {
  const beginning: Uint8Array[] = [];
  let size = 0;
  let large: LargeJson | undefined;
  for await (const chunk of chunks.borrowed?.() ?? chunks) {
    size += chunk.length;
    if (large === undefined && size > LARGE && !options.abstract) large = await readLarge(beginning);
    if (size > LONGEST_TEXT && large === undefined) throw new Undecodable("it is too long for a string", undefined);
    if (large === undefined) beginning.push(chunk.slice());
    else large.push(chunk);
  }
  return await (large?.finish(options) ?? decodeArrays(parseJson(decodeUtf8(concat(beginning))), options));
}

async function readLarge(beginning: readonly Uint8Array[]): Promise<LargeJson> {
  const { LargeJson } = await importLater<typeof import("./large.ts")>("formats/json/large.ts");
  const large = new LargeJson();
  for (const chunk of beginning) large.push(chunk);
  return large;
}

/** Arrays as nested lists. */
export const json: Codec = {
  decode: decodeJson,
  encode: (value) => encodeJson(value, "json"),
};

/** Arrays as base64 of their bytes. */
export const jsonBase64: Codec = {
  decode: decodeJson,
  async encode(value, { compression }) {
    if (compression === undefined) return encodeJson(value, "base64");
    const { compressChunks } = await importLater<typeof import("../lz4/frame.ts")>("formats/lz4/frame.ts");
    return encodeJson(value, "base64", compressChunks);
  },
};
