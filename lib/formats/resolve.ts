/**
 * Encoded arrays in a payload, where its schema expects arrays.
 * @module
 */
import { ArrayFault } from "../arrays/fault.ts";
import type { ArrayType, NdArray } from "../arrays/ndarray.ts";
import { type Node, type UnionNode, unwrap } from "../schema/node.ts";
import { decodeEncoded, isEncoded } from "./encoded.ts";

type Tree = Record<string, unknown>;

/** Where several types are possible, validation decides between them. */
const ANY_ARRAY: ArrayType = { dtype: null, shape: null, differentiable: false };

const VECTOR_ITEM: Node = { kind: "array", type: ANY_ARRAY, hasArrays: true };

/**
 * Replaces, in place, every encoded array where the schema expects one by the array, or by the `ArrayFault` that says
 * why it is none. Returns the tree: a new one only if the tree itself is an encoded array.
 */
export function resolveArrays(tree: unknown, schema: Node): unknown {
  return resolve(tree, schema, false);
}

/** `loose`: in a union, where another branch may expect another array in this place. */
function resolve(value: unknown, node: Node, loose: boolean): unknown {
  if (!node.hasArrays || typeof value !== "object" || value === null || value instanceof ArrayFault) return value;
  switch (node.kind) {
    case "array":
      return isEncoded(value) ? decoded(value, loose ? ANY_ARRAY : node.type) : value;
    case "optional":
    case "nullable":
    case "default":
    case "catch":
      return resolve(value, node.inner, loose);
    case "pipe":
      return resolve(value, node.in, loose);
    case "union":
      return resolveUnion(value, node, loose);
    case "list":
      if (Array.isArray(value)) eachItem(value, () => node.item, loose);
      return value;
    case "tuple":
      if (Array.isArray(value)) eachItem(value, (i) => node.items[i] ?? node.rest, loose);
      return value;
    case "object":
      if (!Array.isArray(value)) {
        eachField(value as Tree, node.extra?.hasArrays ? Object.keys(value) : node.fields.keys(), loose, (key) => {
          return node.fields.get(key) ?? node.extra;
        });
      }
      return value;
    case "vector":
      if (!Array.isArray(value)) eachField(value as Tree, Object.keys(value), true, () => VECTOR_ITEM);
      return value;
    case "record":
      if (!Array.isArray(value)) eachField(value as Tree, Object.keys(value), loose, () => node.value);
      return value;
    default:
      return value;
  }
}

function decoded(value: Tree, type: ArrayType): NdArray | ArrayFault {
  try {
    return decodeEncoded(value, type);
  } catch (fault) {
    if (fault instanceof ArrayFault) return fault;
    throw fault;
  }
}

function eachItem(list: unknown[], nodeAt: (index: number) => Node | undefined, loose: boolean): void {
  for (let i = 0; i < list.length; i++) {
    const node = nodeAt(i);
    if (node !== undefined) list[i] = resolve(list[i], node, loose);
  }
}

function eachField(
  object: Tree,
  keys: Iterable<string>,
  loose: boolean,
  nodeAt: (key: string) => Node | undefined,
): void {
  for (const key of keys) {
    const node = nodeAt(key);
    // Own keys only: `__proto__` stays an own key, to be refused, and is never assigned to.
    if (node?.hasArrays && key !== "__proto__" && Object.hasOwn(object, key)) {
      object[key] = resolve(object[key], node, loose);
    }
  }
}

function resolveUnion(value: object, { options, discriminator }: UnionNode, loose: boolean): unknown {
  if (discriminator !== undefined) {
    const option = discriminator.options.get((value as Tree)[discriminator.field]);
    return option === undefined ? value : resolve(value, option, loose);
  }
  const withArrays = options.filter((option) => option.hasArrays);
  const others = loose || withArrays.length > 1;
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
