/**
 * The format `json+binref`: JSON that refers to arrays in files.
 * @module
 */
import { importLater } from "../import_later.ts";
import { bytesOf } from "../arrays/data.ts";
import { isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { join } from "../storage/location.ts";
import { remove, write } from "../storage/storage.ts";
import type { EncodeOptions, Format, OutputFiles } from "./format.ts";
import { decodeJson } from "./json.ts";
import { layoutWithReferences } from "./json_encode.ts";

/** A file is followed by another one once it has passed this. */
const LARGEST = 100 * 2 ** 20;

/** Arrays in files of their own. */
export const jsonBinref: Format = {
  name: "json+binref",
  mediaType: "application/json+binref",
  extension: "json",
  decode: decodeJson,
  async encode(value, { compression, outputFiles }) {
    const parts = layoutWithReferences(value, compression);
    const arrays = parts.filter(isNdArray);
    if (arrays.length > 0 && outputFiles === undefined) {
      throw new TypeError("json+binref needs to know where its files go");
    }
    const references = (arrays.length === 0 ? [] : await writeArrays(arrays, outputFiles!, compression)).values();
    const text = parts.map((part) => typeof part === "string" ? part : JSON.stringify(references.next().value));
    return [new TextEncoder().encode(text.join(""))];
  },
};

/** Writes the arrays, one after the other, into as few files as may be, and answers what refers to them. */
export async function writeArrays(
  arrays: readonly NdArray[],
  { base, folder }: OutputFiles,
  compression: EncodeOptions["compression"],
  largest = LARGEST,
): Promise<string[]> {
  const pieces = compression === undefined ? piecesOf : await compressedPieces();
  const references: string[] = [];
  const written: string[] = [];
  const queue = arrays.values();
  const fill = function* (path: string, first: NdArray): Generator<Uint8Array> {
    let offset = 0;
    for (let array: NdArray | undefined = first; array !== undefined; array = queue.next().value) {
      let size = 0;
      for (const piece of pieces(bytesOf(array.data))) {
        yield piece;
        size += piece.length;
      }
      references.push(compression === undefined ? `${path}:${offset}` : `${path}:${offset}:${size}`);
      offset += size;
      if (offset > largest) return;
    }
  };
  try {
    for (let array = queue.next().value; array !== undefined; array = queue.next().value) {
      const path = `${folder === "" ? "" : `${folder}/`}${crypto.randomUUID()}.bin`;
      const location = join(base, path);
      await write(location, fill(path, array));
      written.push(location);
    }
  } catch (error) {
    // Nobody knows of these files, and nobody would ever clear them away.
    await Promise.allSettled(written.map(remove));
    throw error;
  }
  return references;
}

const piecesOf = (bytes: Uint8Array): Iterable<Uint8Array> => [bytes];

async function compressedPieces(): Promise<(bytes: Uint8Array) => Iterable<Uint8Array>> {
  return (await importLater<typeof import("./lz4.ts")>("formats/lz4.ts")).compressPieces;
}
