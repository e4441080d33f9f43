/**
 * Large JSON payloads, read while they arrive.
 * @module
 */
import { asText } from "../chunks.ts";
import { decodeArrays } from "../decode_arrays.ts";
import { type DecodeOptions, Undecodable } from "../format.ts";
import { type Extracted, makePlain, replacePlaceholders } from "./extracted.ts";
import { parseJson } from "./parse.ts";
import { type Part, Scanner, type Sizes } from "./scanner.ts";

const SIZES: Sizes = { large: 2 ** 14, buffer: 2 ** 18 };

/** Reads one payload; the tree is the same as that of a small one. */
export class LargeJson {
  readonly #scanner: Scanner;

  constructor(sizes = SIZES) {
    this.#scanner = new Scanner(sizes);
  }

  /** Takes the next bytes. Throws `Undecodable` if they are not UTF-8. */
  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  /** No bytes follow: does the rest of what `Codec.decode` does. */
  async finish(options: DecodeOptions): Promise<unknown> {
    this.#scanner.finish();
    const root = { tree: parseParts(this.#scanner.parts) };
    const places = replacePlaceholders(root, this.#scanner);
    const used = new Set<Extracted>();
    root.tree = await decodeArrays(root.tree, options, used);
    makePlain(places, used);
    return root.tree;
  }
}

/** Parses the text that is left. The position of a mistake is that in the payload. */
function parseParts(parts: readonly Part[]): unknown {
  try {
    return parseJson(asText(() => parts.map(({ text }) => text).join("")));
  } catch (error) {
    if (!(error instanceof Undecodable) || error.position === undefined) throw error;
    throw new Undecodable(error.message, positionInPayload(parts, error.position));
  }
}

function positionInPayload(parts: readonly Part[], position: number): number {
  let before = 0;
  for (const { text, length } of parts) {
    if (position < text.length) break;
    position -= text.length;
    before += length;
  }
  return before + position;
}
