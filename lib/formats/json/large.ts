/**
 * Large JSON payloads, read as they arrive.
 * @module
 */
import { asText } from "../chunks.ts";
import { decodeArrays } from "../decode_arrays.ts";
import { type DecodeOptions, Undecodable } from "../format.ts";
import { type Part, Scanner, type Sizes } from "./scanner.ts";
import { parseJson } from "./text.ts";
import { makePlain, putBack, type Taken } from "../taken.ts";

const SIZES: Sizes = { large: 2 ** 14, window: 2 ** 18 };

/** A large payload. What comes out is the same as of a small one. */
export class LargeJson {
  readonly #scanner: Scanner;

  constructor(sizes = SIZES) {
    this.#scanner = new Scanner(sizes);
  }

  /** Takes the next bytes. Throws `Undecodable` if they are no UTF-8. */
  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  /** There are no more bytes: does the rest of what `Format.decode` does. */
  async finish(options: DecodeOptions): Promise<unknown> {
    this.#scanner.finish();
    const root = { tree: parseParts(this.#scanner.parts) };
    const places = putBack(root, this.#scanner);
    const used = new Set<Taken>();
    root.tree = await decodeArrays(root.tree, options, used);
    makePlain(places, used);
    return root.tree;
  }
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
