import { ArrayFault, orFault } from "../arrays/fault.ts";
import { importLater } from "../import_later.ts";
import { ANY_ARRAY, isNdArray } from "../arrays/ndarray.ts";
import { NumberList } from "../arrays/number_list.ts";
import { parsedJson } from "../schema/any_value.ts";
import { type Node, type UnionNode, unwrap } from "../schema/node.ts";
import type { DecodeOptions } from "./format.ts";
import { Base64String, type Extracted } from "./extracted.ts";
import type { Pending } from "./binref/read_arrays.ts";
import { PendingArray } from "./binref/reference.ts";
import { decodeEncoded, isEncoded } from "./encoded.ts";

/**
 * Decodes every encoded array in the tree of a payload: into an `NdArray`, or the `ArrayFault` that says why it cannot
 * be decoded. Arrays in files, and compressed ones, are read last, by code that is loaded for them: if there are any,
 * the result is a promise.
 *
 * @param used collects those values extracted from a large JSON text that need not become plain JSON again: buffers
 * decoded here, and lists where an array is expected, since validation reads a `NumberList` as it is.
 */
export function decodeArrays(tree: unknown, options: DecodeOptions, used?: Set<Extracted>): unknown {
  if (options.abstract) return tree;
  const pending: Pending[] = [];
  const root = { tree };
  resolveAt(root, "tree", options.schema, { anyType: false, pending, listsAreArrays: true, used });
  return pending.length === 0 ? root.tree : readPending(pending, options).then(() => root.tree);
}

async function readPending(pending: Pending[], { inputFiles }: DecodeOptions): Promise<void> {
  const { readArrays } = await importLater<typeof import("./binref/read_arrays.ts")>("formats/binref/read_arrays.ts");
  await readArrays(pending, inputFiles);
}

type Tree = Record<string, unknown>;

const VECTOR_ITEM: Node = { kind: "array", type: ANY_ARRAY, hasArrays: true };

interface Walk {
  /** Is the expected type unknown: in a vector, or because another option of a union may expect another type here? */
  readonly anyType: boolean;
  /** The arrays that are to be read from files, or decompressed. */
  readonly pending: Pending[];
  /** Is a list in the place of an array certainly an array? In a union another option may expect lists there. */
  readonly listsAreArrays: boolean;
  /** The extracted values that need not become plain JSON. */
  readonly used: Set<Extracted> | undefined;
}

function resolveAt<Key extends string | number>(
  holder: Record<Key, unknown>,
  key: Key,
  node: Node | undefined,
  walk: Walk,
): void {
  // `__proto__` is left for validation to refuse: to assign to it would set the prototype.
  if (!node?.hasArrays || key === "__proto__" || !Object.hasOwn(holder, key)) return;
  const before = holder[key];
  const after = resolve(before, node, walk);
  if (after === before) return;
  holder[key] = after;
  if (walk.used) addExtracted(before, walk.used);
  if (after instanceof PendingArray) walk.pending.push({ array: after, put: (read) => holder[key] = read });
}

function resolve(value: unknown, node: Node, walk: Walk): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ArrayFault || value instanceof PendingArray || value instanceof Base64String) return value;
  switch (node.kind) {
    case "array":
      if (isEncoded(value)) return orFault(() => decodeEncoded(value, walk.anyType ? ANY_ARRAY : node.type));
      // Binary data in msgpack do not say their dtype.
      if (value instanceof Uint8Array) return new ArrayFault("array_non_numeric", { got: "binary data" });
      if (walk.used && walk.listsAreArrays) addExtracted(value, walk.used);
      return value;
    case "optional":
    case "nullable":
    case "default":
      return resolve(value, node.inner, walk);
    case "catch":
      return resolve(value, node.inner, { ...walk, listsAreArrays: false });
    case "pipe":
      return resolve(value, node.in, walk);
    case "union":
      return resolveUnion(value, node, walk);
    case "list":
      if (Array.isArray(value)) value.forEach((_, i) => resolveAt(value, i, node.item, walk));
      return value;
    case "tuple":
      if (Array.isArray(value)) value.forEach((_, i) => resolveAt(value, i, node.items[i] ?? node.rest, walk));
      return value;
    case "object":
      if (hasFields(value)) {
        const keys = node.extra?.hasArrays ? Object.keys(value) : node.fields.keys();
        for (const key of keys) resolveAt(value, key, node.fields.get(key) ?? node.extra, walk);
      }
      return value;
    case "vector":
    case "record":
      if (hasFields(value)) {
        const [item, inItem] = node.kind === "record" ? [node.value, walk] : [VECTOR_ITEM, { ...walk, anyType: true }];
        for (const key of Object.keys(value)) resolveAt(value, key, item, inItem);
      }
      return value;
    default:
      return value;
  }
}

/** An array that another option of a union, or msgpack, has decoded is no object any more. */
const hasFields = (value: object): value is Tree =>
  !Array.isArray(value) && !(value instanceof NumberList) && !isNdArray(value);

/** Adds the extracted values in a part of the tree. */
function addExtracted(value: unknown, used: Set<Extracted>): void {
  if (value instanceof NumberList || value instanceof Base64String) used.add(value);
  else if (Array.isArray(value)) { for (const item of value) if (typeof item === "object") addExtracted(item, used); }
  else if (typeof value === "object" && value !== null) {
    for (const key in value) addExtracted((value as Tree)[key], used);
  }
}

function resolveUnion(value: object, { options, discriminator }: UnionNode, walk: Walk): unknown {
  if (discriminator !== undefined) {
    const option = discriminator.options.get(parsedJson((value as Tree)[discriminator.field]));
    return option === undefined ? value : resolve(value, option, walk);
  }
  const withArrays = options.filter((option) => option.hasArrays);
  const others = { ...walk, anyType: walk.anyType || withArrays.length > 1, listsAreArrays: false };
  for (const option of withArrays) {
    const result = resolve(value, option, others);
    if (result === value) continue;
    // A faulty array may be an object that another option accepts.
    if (result instanceof ArrayFault && options.some((other) => other !== option && takesObjects(other))) continue;
    return result;
  }
  return value;
}

function takesObjects(node: Node): boolean {
  const inner = unwrap(node);
  return inner.kind === "object" || inner.kind === "record" || inner.kind === "leaf" && inner.type === "any";
}
