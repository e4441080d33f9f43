/**
 * What `Scanner` took out of a text, in its place in the tree.
 * @module
 */
import { NumberList } from "../arrays/number_list.ts";
import { Base64Text } from "./base64_text.ts";
import type { Scanner } from "./json_scanner.ts";

type Holder = Record<string | number, unknown>;

/** A place in a tree. */
export interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

/** Puts what was taken out into its places below `root`, and tells which they are. */
export function putBack(root: object, { mark, taken }: Pick<Scanner, "mark" | "taken">): Place[] {
  const places: Place[] = [];
  const takenAs = (text: string) => text.startsWith(mark) ? taken[Number(text.slice(mark.length))] : undefined;

  function restore(holder: Holder, key: string | number): void {
    const before = holder[key];
    const after = restored(before);
    if (after === before) return;
    holder[key] = after;
    places.push({ holder, key });
  }

  function restored(value: unknown): unknown {
    if (typeof value === "string") return takenAs(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    const holder = value as Holder;
    const list = listIn(value);
    if (list !== undefined) return list;
    if (!Array.isArray(value)) { for (const key of Object.keys(value)) restore(holder, key); }
    else for (let i = 0; i < value.length; i++) restore(holder, i);
    return value;
  }

  /** A list of rank n that stands alone in n lists. */
  function listIn(value: unknown): NumberList | undefined {
    let rank = 0;
    for (; Array.isArray(value) && value.length === 1; value = value[0]) rank++;
    const list = typeof value === "string" ? takenAs(value) : undefined;
    return list instanceof NumberList && list.sizes.length === rank ? list : undefined;
  }

  for (const key of Object.keys(root)) restore(root as Holder, key);
  return places;
}

/** Makes plain JSON of everything that is still in one of the places, but for the lists that are `wanted` as they are. */
export function makePlain(places: readonly Place[], wanted: ReadonlySet<NumberList>): void {
  for (const { holder, key } of places) {
    const value = holder[key];
    if (value instanceof Base64Text) holder[key] = String(value);
    else if (value instanceof NumberList && !wanted.has(value)) holder[key] = value.toLists();
  }
}
