/**
 * The known name that `name` is probably a misspelling of: the same in another style (`abstract_eval`, `inputSchema`),
 * or with at most one wrong letter in four. `undefined` if there is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { suggest } from "./suggest.ts";
 *
 * assert.equal(suggest("jacobian_vector_product", ["apply", "jacobianVectorProduct"]), "jacobianVectorProduct");
 * assert.equal(suggest("aply", ["apply", "jacobianVectorProduct"]), "apply");
 * assert.equal(suggest("helper", ["apply", "jacobianVectorProduct"]), undefined);
 * ```
 */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const written = plain(name);
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(written, plain(candidate));
    if (distance <= candidate.length / 4 && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

const plain = (name: string): string => name.replace(/[_-]/g, "").toLowerCase();

/**
 * How many letters must be put in, taken out, replaced or swapped with their neighbour to make `b` of `a`
 * (Damerau 1964; the optimal string alignment distance, by rows).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
