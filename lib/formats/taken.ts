/**
 * What `Scanner` took out of a text, in its place in the tree.
 * @module
 */
import { NumberList } from "../arrays/number_list.ts";
import { Base64Text } from "./base64_text.ts";
import { asText } from "./chunks.ts";
import type { Scanner } from "./json/scanner.ts";

/** What may be taken out of a text. */
export type Taken = NumberList | Base64Text;

type Holder = Record<string | number, unknown>;

/** A place in a tree. */
export interface TakenPlace {
  readonly holder: Holder;
  readonly key: string | number;
}

/** Plain JSON, if it was taken out; else the value itself. Throws `Undecodable` if it is too long for a text. */
export function plain(value: unknown): unknown {
  if (value instanceof NumberList) return value.toLists();
  return value instanceof Base64Text ? asText(() => String(value)) : value;
}

/** Puts everything that was taken out into its place below `root`, and tells which these are. */
export function putBack(root: object, { mark, taken }: Pick<Scanner, "mark" | "taken">): TakenPlace[] {
  const places: TakenPlace[] = [];

  function takenAs(text: unknown): Taken | undefined {
    if (typeof text !== "string" || !text.startsWith(mark)) return undefined;
    return taken[Number(text.slice(mark.length))];
  }

  /** A list of rank n that stands alone in n lists. */
  function listIn(value: unknown): NumberList | undefined {
    let rank = 0;
    for (; Array.isArray(value) && value.length === 1; value = value[0]) rank++;
    const list = takenAs(value);
    return list instanceof NumberList && list.sizes.length === rank ? list : undefined;
  }

  function walk(holder: Holder, key: string | number): void {
    const value = holder[key];
    const found = takenAs(value) ?? listIn(value);
    if (found !== undefined) {
      holder[key] = found;
      places.push({ holder, key });
    } else if (Array.isArray(value)) { for (let i = 0; i < value.length; i++) walk(value as unknown as Holder, i); }
    else if (typeof value === "object") { for (const name in value) walk(value as Holder, name); }
  }

  if (taken.length > 0) { for (const key in root) walk(root as Holder, key); }
  return places;
}

/** Makes plain JSON of what was taken out, unless it is in use. */
export function makePlain(places: readonly TakenPlace[], used: ReadonlySet<unknown>): void {
  for (const { holder, key } of places) if (!used.has(holder[key])) holder[key] = plain(holder[key]);
}
