import { importLater } from "../../import_later.ts";
import { bytesOf } from "../../arrays/data.ts";
import { isNdArray, type NdArray } from "../../arrays/ndarray.ts";
import { join } from "../../storage/location.ts";
import { remove, write } from "../../storage/storage.ts";
import { unlessAbandoned } from "../../storage/unfinished.ts";
import type { Codec, EncodeOptions, OutputFiles } from "../format.ts";
import { decodeJson } from "../json/json.ts";
import { textAroundArrays } from "../json/encode.ts";

/** In bytes: once a file is larger than this, the next array goes into a new file. */
const LARGEST = 100 * 2 ** 20;

/** Arrays in files next to the result. */
export const jsonBinref: Codec = {
  decode: decodeJson,
  async encode(value, { compression, outputFiles }) {
    const parts = textAroundArrays(value, compression);
    const arrays = parts.filter(isNdArray);
    if (arrays.length > 0 && outputFiles === undefined) {
      throw new TypeError("json+binref needs a folder for its files");
    }
    if (arrays.length === 0) return [new TextEncoder().encode(parts.join(""))];
    const written: string[] = [];
    const references = (await writeArrays(arrays, outputFiles!, compression, LARGEST, written)).values();
    const text = parts.map((part) => typeof part === "string" ? part : JSON.stringify(references.next().value));
    return Object.assign([new TextEncoder().encode(text.join(""))], { undo: () => removeAll(written) });
  },
};

/**
 * Writes the arrays, one after the other, into as few files as possible, and returns the reference to each. Adds the
 * locations of the files to `written`.
 */
export async function writeArrays(
  arrays: readonly NdArray[],
  { base, folder }: OutputFiles,
  compression: EncodeOptions["compression"],
  largest = LARGEST,
  written: string[] = [],
): Promise<string[]> {
  const chunksOf = compression === undefined
    ? (bytes: Uint8Array) => [bytes]
    : (await importLater<typeof import("../lz4/frame.ts")>("formats/lz4/frame.ts")).compressChunks;
  const references: string[] = [];
  const queue = arrays.values();
  const fill = function* (path: string, first: NdArray): Generator<Uint8Array> {
    let offset = 0;
    for (let array: NdArray | undefined = first; array !== undefined; array = queue.next().value) {
      let size = 0;
      for (const chunk of chunksOf(bytesOf(array.data))) {
        yield chunk;
        size += chunk.length;
      }
      references.push(compression === undefined ? `${path}:${offset}` : `${path}:${offset}:${size}`);
      offset += size;
      if (offset > largest) return;
    }
  };
  // If the process is interrupted while these files are written, nothing refers to them yet, so they are removed.
  return await unlessAbandoned(() => removeAll(written), async () => {
    try {
      for (let array = queue.next().value; array !== undefined; array = queue.next().value) {
        const path = `${folder === "" ? "" : `${folder}/`}${crypto.randomUUID()}.bin`;
        const location = join(base, path);
        await write(location, fill(path, array));
        written.push(location);
      }
    } catch (error) {
      await removeAll(written);
      throw error;
    }
    return references;
  });
}

async function removeAll(locations: readonly string[]): Promise<void> {
  await Promise.allSettled(locations.map(remove));
}
