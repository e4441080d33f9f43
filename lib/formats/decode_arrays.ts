import { importLater } from "../import_later.ts";
import type { Pending } from "./binref/read_arrays.ts";
import type { DecodeOptions } from "./format.ts";
import type { Extracted } from "./json/extracted.ts";
import { resolveArrays } from "./resolve.ts";

/**
 * Decodes every encoded array in the tree of a payload: into an `NdArray`, or the `ArrayFault` that says why it cannot
 * be decoded. Arrays in files come last, and the code for them is loaded only then.
 *
 * @param used gets the values that were extracted from a large JSON text and are either decoded now or lists where an
 * array is expected, which validation reads as they are.
 */
export async function decodeArrays(tree: unknown, options: DecodeOptions, used?: Set<Extracted>): Promise<unknown> {
  if (options.abstract) return tree;
  const pending: Pending[] = [];
  const root = { tree };
  resolveArrays(root, "tree", options.schema, pending, used);
  if (pending.length > 0) {
    const { readArrays } = await importLater<typeof import("./binref/read_arrays.ts")>("formats/binref/read_arrays.ts");
    await readArrays(pending, options.inputFiles);
  }
  return root.tree;
}
