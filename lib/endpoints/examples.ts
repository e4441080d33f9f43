/**
 * The example of each endpoint, made of the example of the component: a payload that is valid, and answered at once.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { measureLists, readLists } from "../arrays/lists.ts";
import { type ArrayType, isNdArray, sizeOf } from "../arrays/ndarray.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { decodeEncoded, isEncoded } from "../formats/encoded.ts";
import { NamedSizes } from "../schema/named_sizes.ts";
import { exampleArray, exampleValue } from "../schema/example_value.ts";
import { inputSide, type Node } from "../schema/node.ts";
import { expandPattern } from "../schema/paths.ts";
import { validate } from "../schema/validate.ts";
import { exampleOf } from "../testing/example.ts";
import { type Patterns, patternsOf, sizesAt } from "./derivative_payload.ts";

/** Encoded arrays with more elements stay encoded: nobody reads that many numbers. */
const MOST_ELEMENTS = 10_000;

/** Where files of the example are is not known yet. */
const NO_FILES = { base: "/nowhere", allowed: [] };

/**
 * The payload of each endpoint, by its name. Arrays are plain lists. Where the module cannot tell the shape of an output
 * without computing it (it has no `abstractEval`, and the schema leaves the size open), there is none for
 * `vector_jacobian_product`.
 */
export async function examplePayloads(module: TesseractModule): Promise<Readonly<Record<string, unknown>>> {
  const inputs = mapArrays(module.inputs, (await exampleOf(module)).payload.inputs, plainLists);
  const plain = { apply: { inputs }, test: { endpoint: "apply", payload: { inputs }, expected_outputs: {} } };
  try {
    const sizes = new NamedSizes();
    const decoded = await decodeArrays(structuredClone(inputs), { schema: module.inputs, inputFiles: NO_FILES });
    const { value, faults } = validate(module.inputs, decoded, "input", { sizes });
    if (faults.length > 0) return plain;
    const abstractInputs = mapArrays(module.inputs, inputs, shapeOf);
    return {
      ...plain,
      abstract_eval: { inputs: abstractInputs },
      ...derivatives(patternsOf(module), inputs, value, await outputShapes(module, abstractInputs), sizes),
    };
  } catch {
    return plain; // a document is no place to tell an author that the example is wrong: `check` does
  }
}

/**
 * What each endpoint answers, by its name, made up from the schemas: not what it answers to its example, which would have
 * to be computed. Arrays are as in the format json.
 */
export function exampleAnswers(module: TesseractModule): Readonly<Record<string, unknown>> {
  try {
    return madeUpAnswers(module);
  } catch {
    return {}; // an author's own example need not fit
  }
}

function madeUpAnswers(module: TesseractModule): Record<string, unknown> {
  const example = exampleValue(module.outputs);
  const apply = mapArrays(module.outputs, example, encoded);
  const abstract_eval = mapArrays(module.outputs, example, shapeOf);
  const { inputs, outputs } = patternsOf(module);
  const [[input, of] = [], [output, by] = []] = [[...inputs][0], [...outputs][0]];
  if (of === undefined || by === undefined) return { apply, abstract_eval };
  const path = (pattern: string) => pattern.replaceAll("[]", "[0]").replaceAll("{}", "{key}");
  const array = (type: Pick<ArrayType, "shape" | "dtype">) =>
    encoded({ ...type, differentiable: true }, exampleArray(type));
  const block = { dtype: by.dtype, shape: by.shape && of.shape && [...by.shape, ...of.shape] };
  return {
    apply,
    abstract_eval,
    jacobian: { [path(output!)]: { [path(input!)]: array(block) } },
    jacobian_vector_product: { [path(output!)]: array(by) },
    vector_jacobian_product: { [path(input!)]: array(of) },
  };
}

function derivatives(
  patterns: Patterns,
  inputs: unknown,
  value: unknown,
  outputs: unknown,
  sizes: NamedSizes,
): Record<string, unknown> {
  const [input] = [...patterns.inputs.keys()].flatMap((pattern) => expandPattern(pattern, value));
  const output =
    [...patterns.outputs].flatMap(([pattern, { shape }]) =>
      outputs === undefined
        ? (/[[{]/.test(pattern) ? [] : [{ path: pattern, shape: sizes.resolve(shape) }])
        : expandPattern(pattern, outputs).map((path) => ({ path, shape: sizesAt(outputs, path)! }))
    )[0];
  if (input === undefined || output === undefined) return {};
  const names = (prefix: string) => ({ [`${prefix}_inputs`]: [input], [`${prefix}_outputs`]: [output.path] });
  const { shape } = output;
  return {
    jacobian: { inputs, ...names("jac") },
    jacobian_vector_product: { inputs, ...names("jvp"), tangent_vector: { [input]: ones(sizesAt(value, input)!) } },
    ...shape?.every((size) => size !== null) && {
      vector_jacobian_product: { inputs, ...names("vjp"), cotangent_vector: { [output.path]: ones(shape) } },
    },
  };
}

/** The outputs with arrays of the right shapes, all zero; `undefined`, if the module cannot tell without computing. */
async function outputShapes(module: TesseractModule, inputs: unknown): Promise<unknown> {
  const { abstractEval } = module.functions;
  if (abstractEval === undefined) return undefined;
  try {
    const { value } = validate(module.inputs, structuredClone(inputs), "abstract input");
    const zeros: Replace = (_type, abstract) => {
      const { shape } = abstract as { readonly shape: readonly number[] };
      return { dtype: "uint8", shape, data: new Uint8Array(sizeOf(shape)) };
    };
    return mapArrays(module.outputs, await abstractEval(value), zeros);
  } catch {
    return undefined;
  }
}

function ones(shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  return size === undefined ? 1 : Array.from({ length: size }, () => ones(rest));
}

/** What stands for an array in a tree: lists, an encoded array, or its shape. */
type Replace = (type: ArrayType, value: unknown) => unknown;

/** The value with its arrays replaced. Where it does not fit the schema it is left as it is. */
function mapArrays(node: Node, value: unknown, replace: Replace): unknown {
  if (!node.hasArrays || value === null || value === undefined) return value;
  const entries = (nodeOf: (key: string) => Node | undefined) =>
    Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => {
        const node = nodeOf(key);
        return [key, node === undefined ? item : mapArrays(node, item, replace)];
      }),
    );
  switch (node.kind) {
    case "array":
      return replace(node.type, value);
    case "object":
      return typeof value === "object" ? entries((key) => node.fields.get(key) ?? node.extra) : value;
    case "record":
      return typeof value === "object" ? entries(() => node.value) : value;
    case "list":
      return Array.isArray(value) ? value.map((item) => mapArrays(node.item, item, replace)) : value;
    case "tuple":
      return Array.isArray(value)
        ? value.map((item, i) => mapArrays(node.items[i] ?? node.rest ?? node, item, replace))
        : value;
    case "union": {
      const fits = (option: Node) => validate(option, structuredClone(value), "input").faults.length === 0;
      const option = node.discriminator?.options.get((value as Record<string, unknown>)[node.discriminator.field]) ??
        node.options.find(fits);
      return option === undefined ? value : mapArrays(option, value, replace);
    }
    case "default":
    case "optional":
    case "nullable":
    case "catch":
      return mapArrays(node.inner, value, replace);
    case "pipe":
      return mapArrays(inputSide(node), value, replace);
    default:
      return value;
  }
}

/** A small encoded array as nested lists. One whose dtype only its encoding tells, or whose bytes are elsewhere, stays. */
const plainLists: Replace = ({ dtype, shape, ...type }, value) => {
  if (!isEncoded(value) || dtype === null) return value;
  const array = decodeEncoded(value, { dtype, shape, ...type });
  if (!isNdArray(array) || sizeOf(array.shape) === 0 || array.data.length > MOST_ELEMENTS) return value;
  const isPlain = array.dtype !== "bool" && !array.dtype.startsWith("complex");
  if (!isPlain || ![...array.data].every((number) => Number.isFinite(Number(number)))) return value;
  // a 64-bit integer keeps its digits only up to 2^53
  if (![...array.data].every((number) => typeof number !== "bigint" || Number.isSafeInteger(Number(number)))) {
    return value;
  }
  let lists: unknown[] = Array.from(array.data, Number);
  for (const size of array.shape.slice(1).reverse()) {
    lists = Array.from({ length: lists.length / size }, (_, i) => lists.slice(i * size, (i + 1) * size));
  }
  return array.shape.length === 0 ? lists[0] : lists;
};

/** Lists as an encoded array. */
const encoded: Replace = ({ dtype, shape: expected }, value) => {
  if (isEncoded(value)) return { object_type: "array", ...value };
  const array = readLists(measureLists(value, dtype, expected?.length), dtype);
  const data = { buffer: value, encoding: "json" };
  return { object_type: "array", shape: array.shape, dtype: dtype ?? array.dtype, data };
};

const shapeOf: Replace = ({ dtype, shape: expected }, value) => {
  if (isEncoded(value)) return { shape: value["shape"], dtype: value["dtype"] };
  const array = readLists(measureLists(value, dtype, expected?.length), dtype);
  return { shape: array.shape, dtype: dtype ?? array.dtype };
};
