/**
 * Large JSON payloads, read as they arrive. What comes out is the same as of small ones.
 * @module
 */
import type { NumberList } from "../arrays/number_list.ts";
import { asText } from "./chunks.ts";
import { decodeArrays } from "./decode_arrays.ts";
import { type Chunks, type DecodeOptions, Undecodable } from "./format.ts";
import { type Part, Scanner, type Sizes } from "./json_scanner.ts";
import { parseJson } from "./json_text.ts";
import { makePlain, putBack } from "./taken.ts";

const SIZES: Sizes = { large: 2 ** 14, window: 2 ** 18 };

/** Does what `decodeJson` does. */
export async function decodeLargeJson(chunks: Chunks, options: DecodeOptions, sizes = SIZES): Promise<unknown> {
  const scanner = new Scanner(sizes);
  for await (const chunk of chunks) scanner.push(chunk);
  scanner.finish();
  const root = { tree: parseParts(scanner.parts) };
  const places = putBack(root, scanner);
  const wanted = new Set<NumberList>();
  root.tree = await decodeArrays(root.tree, options, wanted);
  makePlain(places, wanted);
  return root.tree;
}

/** Reads the text that is left. Mistakes are where they are in the whole. */
function parseParts(parts: readonly Part[]): unknown {
  try {
    return parseJson(asText(() => parts.map(({ text }) => text).join("")));
  } catch (error) {
    if (!(error instanceof Undecodable) || error.position === undefined) throw error;
    throw new Undecodable(error.message, positionInWhole(parts, error.position));
  }
}

function positionInWhole(parts: readonly Part[], position: number): number {
  let before = 0;
  for (const { text, length } of parts) {
    if (position < text.length) break;
    position -= text.length;
    before += length;
  }
  return before + position;
}
