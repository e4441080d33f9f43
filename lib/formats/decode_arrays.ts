import { importLater } from "../import_later.ts";
import type { DecodeOptions } from "./format.ts";
import { type Place, resolveArrays } from "./resolve.ts";
import type { Taken } from "./taken.ts";

/**
 * Makes arrays, or faults, of everything in a decoded payload that stands for an array. Those that are in files are
 * read last, and what that takes is loaded only then. Of what was taken out of a large text, what is used so is put
 * into `used`: lists of numbers where arrays are expected are for validation.
 */
export async function decodeArrays(
  tree: unknown,
  options: DecodeOptions,
  used?: Set<Taken>,
): Promise<unknown> {
  if (options.abstract) return tree;
  const unread: Place[] = [];
  const root = { tree };
  resolveArrays(root, "tree", options.schema, unread, used);
  if (unread.length > 0) {
    const { readPlaces } = await importLater<typeof import("./binref/read.ts")>("formats/binref/read.ts");
    await readPlaces(unread, options.inputFiles);
  }
  return root.tree;
}
