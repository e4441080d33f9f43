/**
 * Encoded arrays in a payload, where its schema expects arrays.
 * @module
 */
import { ArrayFault } from "../arrays/fault.ts";
import type { ArrayType, NdArray } from "../arrays/ndarray.ts";
import { NumberList } from "../arrays/number_list.ts";
import { parsedJson } from "../schema/any_value.ts";
import { type Node, type UnionNode, unwrap } from "../schema/node.ts";
import { Base64Text } from "./base64_text.ts";
import { Unread } from "./binref/reference.ts";
import { decodeEncoded, isEncoded } from "./encoded.ts";
import type { Taken } from "./taken.ts";

type Tree = Record<string, unknown>;

/** Where several types are possible, validation decides between them. */
const ANY_ARRAY: ArrayType = { dtype: null, shape: null, differentiable: false };

const VECTOR_ITEM: Node = { kind: "array", type: ANY_ARRAY, hasArrays: true };

/** A place in a tree whose array is not read yet. */
export interface Place {
  readonly array: Unread;
  put(read: NdArray | ArrayFault): void;
}

interface Walk {
  /** In a union, where another branch may expect another array in this place. */
  readonly loose: boolean;
  readonly unread: Place[];
  /** Is this in no union, where another branch may expect lists? */
  readonly takesLists: boolean;
  /** What was taken out of a text and will not be asked for as plain JSON. */
  readonly used: Set<Taken> | undefined;
}

/**
 * Replaces, in place, every encoded array where the schema expects one by the array, or by the `ArrayFault` that says
 * why it is none; one that has to be read from a file by `Unread`, its place noted in `unread`. What of that was taken
 * out of a text is put into `used`, as are lists of numbers in such places. The tree is what `holder` has under `key`.
 */
export function resolveArrays(
  holder: object,
  key: string,
  schema: Node,
  unread: Place[],
  used?: Set<Taken>,
): void {
  resolveAt(holder as Tree, key, schema, { loose: false, unread, takesLists: true, used });
}

function resolveAt<Key extends string | number>(holder: Record<Key, unknown>, key: Key, node: Node, walk: Walk): void {
  const before = holder[key];
  const after = resolve(before, node, walk);
  if (after === before) return;
  holder[key] = after;
  if (walk.used) addTaken(before, walk.used);
  if (after instanceof Unread) walk.unread.push({ array: after, put: (read) => holder[key] = read });
}

function resolve(value: unknown, node: Node, walk: Walk): unknown {
  if (!node.hasArrays || typeof value !== "object" || value === null) return value;
  if (value instanceof ArrayFault || value instanceof Unread || value instanceof Base64Text) return value;
  switch (node.kind) {
    case "array":
      if (isEncoded(value)) return decoded(value, walk.loose ? ANY_ARRAY : node.type);
      // Bytes in msgpack are of no dtype.
      if (value instanceof Uint8Array) return new ArrayFault("array_non_numeric");
      if (walk.used && walk.takesLists) addLists(value, walk.used);
      return value;
    case "optional":
    case "nullable":
    case "default":
      return resolve(value, node.inner, walk);
    case "catch":
      return resolve(value, node.inner, { ...walk, takesLists: false });
    case "pipe":
      return resolve(value, node.in, walk);
    case "union":
      return resolveUnion(value, node, walk);
    case "list":
      if (Array.isArray(value)) eachItem(value, () => node.item, walk);
      return value;
    case "tuple":
      if (Array.isArray(value)) eachItem(value, (i) => node.items[i] ?? node.rest, walk);
      return value;
    case "object":
      if (hasFields(value)) {
        eachField(value, node.extra?.hasArrays ? Object.keys(value) : node.fields.keys(), walk, (key) => {
          return node.fields.get(key) ?? node.extra;
        });
      }
      return value;
    case "vector":
      if (hasFields(value)) {
        eachField(value, Object.keys(value), { ...walk, loose: true }, () => VECTOR_ITEM);
      }
      return value;
    case "record":
      if (hasFields(value)) eachField(value, Object.keys(value), walk, () => node.value);
      return value;
    default:
      return value;
  }
}

const hasFields = (value: object): value is Tree => !Array.isArray(value) && !(value instanceof NumberList);

/** The lists of numbers in nested lists, which validation can read. */
function addLists(value: unknown, used: Set<Taken>): void {
  if (value instanceof NumberList) used.add(value);
  else if (Array.isArray(value)) { for (const item of value) if (typeof item === "object") addLists(item, used); }
}

function addTaken(value: unknown, used: Set<Taken>): void {
  if (value instanceof NumberList || value instanceof Base64Text) used.add(value);
  else if (Array.isArray(value)) { for (const item of value) if (typeof item === "object") addTaken(item, used); }
  else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) {
      addTaken(item, used);
    }
  }
}

function decoded(value: Tree, type: ArrayType): NdArray | Unread | ArrayFault {
  try {
    return decodeEncoded(value, type);
  } catch (fault) {
    if (fault instanceof ArrayFault) return fault;
    throw fault;
  }
}

function eachItem(list: unknown[], nodeAt: (index: number) => Node | undefined, walk: Walk): void {
  for (let i = 0; i < list.length; i++) {
    const node = nodeAt(i);
    if (node !== undefined) resolveAt(list, i, node, walk);
  }
}

function eachField(
  object: Tree,
  keys: Iterable<string>,
  walk: Walk,
  nodeAt: (key: string) => Node | undefined,
): void {
  for (const key of keys) {
    const node = nodeAt(key);
    // Own keys only: `__proto__` stays an own key, to be refused, and is never assigned to.
    if (node?.hasArrays && key !== "__proto__" && Object.hasOwn(object, key)) resolveAt(object, key, node, walk);
  }
}

function resolveUnion(value: object, { options, discriminator }: UnionNode, walk: Walk): unknown {
  if (discriminator !== undefined) {
    const option = discriminator.options.get(parsedJson((value as Tree)[discriminator.field]));
    return option === undefined ? value : resolve(value, option, walk);
  }
  const withArrays = options.filter((option) => option.hasArrays);
  const others = { ...walk, loose: walk.loose || withArrays.length > 1, takesLists: false };
  for (const option of withArrays) {
    const result = resolve(value, option, others);
    if (result === value) continue;
    // Rather an object that another branch takes than a faulty array.
    if (result instanceof ArrayFault && options.some((other) => other !== option && takesObjects(other))) continue;
    return result;
  }
  return value;
}

function takesObjects(node: Node): boolean {
  const inner = unwrap(node);
  return inner.kind === "object" || inner.kind === "record" || inner.kind === "leaf" && inner.type === "any";
}
