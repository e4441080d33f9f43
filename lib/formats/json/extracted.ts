/**
 * What `Scanner` extracted from a JSON text: putting it into the tree that the rest of the text was parsed to.
 * @module
 */
import { NumberList } from "../../arrays/number_list.ts";
import { Base64String } from "../base64_string.ts";
import { asText } from "../chunks.ts";
import type { Scanner } from "./scanner.ts";

/** A value that was decoded while it arrived. */
export type Extracted = NumberList | Base64String;

type Holder = Record<string | number, unknown>;

/** Where an extracted value is: `holder[key]`. */
export interface ExtractedPlace {
  readonly holder: Holder;
  readonly key: string | number;
}

/** The JSON value that an extracted value stands for; others as they are. Throws `Undecodable` for too long a string. */
export function toPlain(value: unknown): unknown {
  if (value instanceof NumberList) return value.toLists();
  return value instanceof Base64String ? asText(() => String(value)) : value;
}

/** Replaces the placeholders in `root` by what they stand for, and returns where these values are. */
export function replacePlaceholders(
  root: object,
  { placeholder, extracted }: Pick<Scanner, "placeholder" | "extracted">,
): ExtractedPlace[] {
  const places: ExtractedPlace[] = [];

  function lookUp(text: unknown): Extracted | undefined {
    if (typeof text !== "string" || !text.startsWith(placeholder)) return undefined;
    return extracted[Number(text.slice(placeholder.length))];
  }

  /** A list of rank n has its placeholder in n lists that hold nothing else. */
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
      places.push({ holder, key });
    } else if (Array.isArray(value)) { for (let i = 0; i < value.length; i++) walk(value as unknown as Holder, i); }
    else if (typeof value === "object") { for (const name in value) walk(value as Holder, name); }
  }

  if (extracted.length > 0) { for (const key in root) walk(root as Holder, key); }
  return places;
}

/** Makes plain JSON of extracted values, but for those in `used`. */
export function makePlain(places: readonly ExtractedPlace[], used: ReadonlySet<unknown>): void {
  for (const { holder, key } of places) if (!used.has(holder[key])) holder[key] = toPlain(holder[key]);
}
