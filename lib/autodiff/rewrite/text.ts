/**
 * Generated text that remembers where it comes from.
 * @module
 */

/** Text with marks in it, made of private-use characters: `\uE000`, an offset in the original source, `\uE001`. */
export type Marked = string;

export const mark = (offset: number): Marked => `\uE000${offset}\uE001`;

const MARK = /\uE000(\d+)\uE001/g;

/** Does text begin with a sign, apart from marks and blanks? */
export const beginsWith = (text: Marked, sign: string): boolean =>
  text.replace(/^(?:\uE000\d+\uE001|\s)+/, "").startsWith(sign);

/** The text without marks, and for an offset in it the offset in the original that it comes from. */
export function unmark(marked: Marked): { readonly code: string; originOf(offset: number): number } {
  const places: [number, number][] = [];
  let removed = 0;
  const code = marked.replace(MARK, (all, offset, at: number) => {
    places.push([at - removed, Number(offset)]);
    removed += all.length;
    return "";
  });
  const originOf = (offset: number) => {
    let low = 0, high = places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]![0] <= offset) low = middle + 1;
      else high = middle;
    }
    return places[low - 1]?.[1] ?? 0;
  };
  return { code, originOf };
}
