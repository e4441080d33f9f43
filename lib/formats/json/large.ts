import { NumberList } from "../../arrays/number_list.ts";
import { asText } from "../chunks.ts";
import { decodeArrays } from "../decode_arrays.ts";
import { type Extracted, toPlain } from "../extracted.ts";
import { type DecodeOptions, Undecodable } from "../format.ts";
import { parseJson } from "./parse.ts";
import { Scanner, type Sizes, type TextPart } from "./scanner.ts";

/** The buffer is small, because a worker has one for each body being received, however slowly its client sends. */
const SIZES: Sizes = { large: 2 ** 14, buffer: 2 ** 16 + 2 ** 13, text: 2 ** 29 - 24 };

/** Reads a large JSON payload while it arrives; the tree is the same as that of a small one. */
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
    // The others become plain JSON values again.
    for (const [holder, key] of places) if (!used.has(holder[key] as Extracted)) holder[key] = toPlain(holder[key]);
    return root.tree;
  }
}

/** Parses the remaining text. Errors have the position in the payload. */
function parseParts(parts: readonly TextPart[]): unknown {
  try {
    return parseJson(asText(() => parts.map(({ text }) => text).join("")));
  } catch (error) {
    if (!(error instanceof Undecodable) || error.position === undefined) throw error;
    throw new Undecodable(error.message, positionInPayload(parts, error.position));
  }
}

function positionInPayload(parts: readonly TextPart[], position: number): number {
  let before = 0;
  for (const { text, length } of parts) {
    if (position < text.length) break;
    position -= text.length;
    before += length;
  }
  return before + position;
}

type Holder = Record<string | number, unknown>;

/** Where an extracted value is: `holder[key]`. */
type Place = readonly [holder: Holder, key: string | number];

/** Replaces the placeholders in `root` by the extracted values, and returns the places of these values. */
function replacePlaceholders(
  root: object,
  { placeholder, extracted }: Pick<Scanner, "placeholder" | "extracted">,
): Place[] {
  const places: Place[] = [];

  function lookUp(text: unknown): Extracted | undefined {
    if (typeof text !== "string" || !text.startsWith(placeholder)) return undefined;
    return extracted[Number(text.slice(placeholder.length))];
  }

  /** The placeholder of a list of rank n is nested in n lists of one item. */
  function lookUpList(value: unknown): NumberList | undefined {
    let rank = 0;
    for (; Array.isArray(value) && value.length === 1; value = value[0]) rank++;
    const list = lookUp(value);
    return list instanceof NumberList && list.sizes.length === rank ? list : undefined;
  }

  function walk(holder: Holder, key: string | number): void {
    const value = holder[key];
    const original = lookUp(value) ?? lookUpList(value);
    if (original !== undefined) {
      holder[key] = original;
      places.push([holder, key]);
    } else if (Array.isArray(value)) { for (let i = 0; i < value.length; i++) walk(value as unknown as Holder, i); }
    else if (typeof value === "object") { for (const name in value) walk(value as Holder, name); }
  }

  if (extracted.length > 0) { for (const key in root) walk(root as Holder, key); }
  return places;
}
