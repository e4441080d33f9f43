/**
 * What `Scanner` took out of a text, in its place in the tree.
 * @module
 */
import { NumberList } from "../arrays/number_list.ts";
import { Base64Text } from "./base64_text.ts";
import type { Scanner } from "./json_scanner.ts";

type Taken = NumberList | Base64Text;

/** Plain JSON, if it was taken out; else the value itself. */
export function plain(value: unknown): unknown {
  if (value instanceof NumberList) return value.toLists();
  return value instanceof Base64Text ? String(value) : value;
}

/** Puts everything that was taken out into its place below `root`. */
export function putBack(root: object, { mark, taken }: Pick<Scanner, "mark" | "taken">): void {
  const takenAs = (text: unknown): Taken | undefined =>
    typeof text === "string" && text.startsWith(mark) ? taken[Number(text.slice(mark.length))] : undefined;
  replaceIn(root, (value) => takenAs(value) ?? listIn(value));

  /** A list of rank n that stands alone in n lists. */
  function listIn(value: unknown): NumberList | undefined {
    let rank = 0;
    for (; Array.isArray(value) && value.length === 1; value = value[0]) rank++;
    const list = takenAs(value);
    return list instanceof NumberList && list.sizes.length === rank ? list : undefined;
  }
}

/** Makes plain JSON of what was taken out, wherever it still is below `root`, but for what is `wanted` as it is. */
export function makePlain(root: object, wanted: ReadonlySet<unknown>): void {
  replaceIn(root, (value) => {
    if (!(value instanceof NumberList || value instanceof Base64Text)) return undefined;
    return wanted.has(value) ? value : plain(value);
  });
}

/** Goes through a tree, and replaces values by what `replacement` says, unless that is `undefined`. */
function replaceIn(tree: object, replacement: (value: unknown) => unknown): void {
  const replace = (holder: Record<string | number, unknown>, key: string | number): void => {
    const value = holder[key];
    const other = replacement(value);
    if (other === undefined) {
      if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) replaceIn(value, replacement);
    } else if (other !== value) holder[key] = other;
  };
  const holder = tree as Record<string | number, unknown>;
  if (Array.isArray(tree)) { for (let i = 0; i < tree.length; i++) replace(holder, i); }
  else for (const key of Object.keys(tree)) replace(holder, key);
}
