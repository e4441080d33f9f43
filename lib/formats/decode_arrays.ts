import type { NumberList } from "../arrays/number_list.ts";
import { importLater } from "../import_later.ts";
import type { DecodeOptions } from "./format.ts";
import { type Place, resolveArrays } from "./resolve.ts";

/**
 * Makes arrays, or faults, of everything in a decoded payload that stands for an array. Those that are in files are
 * read last, and what that takes is loaded only then. Lists of numbers where the schema expects arrays are left to
 * validation, and put into `wanted`.
 */
export async function decodeArrays(
  tree: unknown,
  options: DecodeOptions,
  wanted?: Set<NumberList>,
): Promise<unknown> {
  if (options.abstract) return tree;
  const unread: Place[] = [];
  const root = { tree };
  resolveArrays(root, "tree", options.schema, unread, wanted);
  if (unread.length > 0) {
    const { readPlaces } = await importLater<typeof import("./binref_read.ts")>("formats/binref_read.ts");
    await readPlaces(unread, options.inputFiles);
  }
  return root.tree;
}
