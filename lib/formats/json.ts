/**
 * The formats `json` and `json+base64`: the same JSON, but for how arrays are written.
 * @module
 */
import { importLater } from "../import_later.ts";
import { collect, decodeUtf8 } from "./chunks.ts";
import { decodeArrays } from "./decode_arrays.ts";
import type { Chunks, DecodeOptions, Format } from "./format.ts";
import { encodeJson } from "./json_encode.ts";
import { parseJson } from "./json_text.ts";

/** Reads a JSON payload, in whatever encoding its arrays are. */
export async function decodeJson(chunks: Chunks, options: DecodeOptions): Promise<unknown> {
  return await decodeArrays(parseJson(decodeUtf8(await collect(chunks))), options);
}

/** Arrays as nested lists. */
export const json: Format = {
  name: "json",
  mediaType: "application/json",
  extension: "json",
  decode: decodeJson,
  encode: (value) => encodeJson(value, "json"),
};

/** Arrays as base64 of their bytes. */
export const jsonBase64: Format = {
  name: "json+base64",
  mediaType: "application/json+base64",
  extension: "json",
  decode: decodeJson,
  async encode(value, { compression }) {
    if (compression === undefined) return encodeJson(value, "base64");
    const { compressFrame } = await importLater<typeof import("./lz4.ts")>("formats/lz4.ts");
    return encodeJson(value, "base64", compressFrame);
  },
};
