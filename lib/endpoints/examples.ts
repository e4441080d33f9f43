/**
 * An example payload for each endpoint, made from the example of the component.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { toArray } from "../arrays/coerce.ts";
import { orFault } from "../arrays/fault.ts";
import { ANY_ARRAY, type ArrayType, isNdArray, type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { PendingArray } from "../formats/binref/reference.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { decodeEncoded, isEncoded } from "../formats/encoded.ts";
import { loadFormat } from "../formats/registry.ts";
import { exampleArray, exampleValue } from "../schema/example_value.ts";
import { asJson, withAbstractArrays } from "../schema/json_default.ts";
import { NamedSizes } from "../schema/named_sizes.ts";
import { differentiablePatterns, expandPattern } from "../schema/paths.ts";
import { validate } from "../schema/validate.ts";
import { exampleOf } from "../testing/example.ts";
import { sizesAt } from "./derivative_payload.ts";

/** Larger arrays stay encoded: as lists they would not be readable either. */
const MOST_ELEMENTS = 10_000;

/**
 * The payload of each endpoint, by its name. Arrays are plain lists. Where the module cannot tell the shape of an
 * output without computing it (it has no `abstractEval`, and the schema leaves the size open), there is none for
 * `vector_jacobian_product`.
 */
export async function examplePayloads(module: TesseractModule): Promise<Readonly<Record<string, unknown>>> {
  const inputs = withPlainLists((await exampleOf(module)).payload.inputs);
  const plain = { apply: { inputs }, test: { endpoint: "apply", payload: { inputs }, expected_outputs: {} } };
  try {
    const sizes = new NamedSizes();
    // Files that the example refers to are not read: their folder is known only in a call.
    const decoded = await decodeArrays(structuredClone(inputs), { schema: module.inputs });
    const { value, faults } = validate(module.inputs, decoded, "input", { sizes });
    if (faults.length > 0) return plain;
    const abstractInputs = withAbstractArrays(module.inputs, decoded);
    return {
      ...plain,
      abstract_eval: { inputs: asJson(abstractInputs) },
      ...derivatives(module, inputs, value, await outputShapes(module, abstractInputs), sizes),
    };
  } catch {
    return plain; // `check` tells the author what is wrong with the example
  }
}

/**
 * What each endpoint answers, by its name, made up from the schemas: not what it answers to its example, which would
 * have to be computed. Arrays are as in the format json.
 */
export async function exampleAnswers(module: TesseractModule): Promise<Readonly<Record<string, unknown>>> {
  const example = exampleValue(module.outputs);
  try {
    const { value: apply, faults } = validate(module.outputs, example, "output");
    if (faults.length > 0) return {};
    const abstract_eval = withAbstractArrays(module.outputs, example);
    const answers = { apply, abstract_eval, ...derivativeAnswers(module) };
    const chunks = await (await loadFormat("json")).encode(answers, {});
    return JSON.parse(await new Response(ReadableStream.from(chunks)).text());
  } catch {
    return {}; // examples that an author writes into a schema need not fit it
  }
}

function derivativeAnswers({ inputs, outputs }: TesseractModule): Record<string, unknown> {
  const [input] = differentiablePatterns(inputs);
  const [output] = differentiablePatterns(outputs);
  if (input === undefined || output === undefined) return {};
  const [by, of] = [input[1], output[1]];
  const pathOf = (pattern: string) => pattern.replaceAll("[]", "[0]").replaceAll("{}", "{key}");
  const [inPath, outPath] = [pathOf(input[0]), pathOf(output[0])];
  const array = (type: Pick<ArrayType, "dtype" | "shape">) => toArray(exampleArray(type), { ...ANY_ARRAY, ...type });
  const block = { dtype: of.dtype, shape: of.shape && by.shape && [...of.shape, ...by.shape] };
  return {
    jacobian: { [outPath]: { [inPath]: array(block) } },
    jacobian_vector_product: { [outPath]: array(of) },
    vector_jacobian_product: { [inPath]: array(by) },
  };
}

function derivatives(
  module: TesseractModule,
  inputs: unknown,
  value: unknown,
  outputs: unknown,
  sizes: NamedSizes,
): Record<string, unknown> {
  const [input] = [...differentiablePatterns(module.inputs).keys()].flatMap((pattern) => expandPattern(pattern, value));
  const output =
    [...differentiablePatterns(module.outputs)].flatMap(([pattern, { shape }]) =>
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

/** The outputs with shapes in the place of arrays; `undefined`, if the module cannot tell them without computing. */
async function outputShapes({ functions, outputs }: TesseractModule, abstractInputs: unknown): Promise<unknown> {
  try {
    return validate(outputs, await functions.abstractEval!(abstractInputs), "abstract output").value;
  } catch {
    return undefined;
  }
}

function ones(shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  return size === undefined ? 1 : Array.from({ length: size }, () => ones(rest));
}

/** A payload with nested lists in the place of encoded arrays, where lists say the same. */
function withPlainLists(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withPlainLists);
  const array = isEncoded(value) ? orFault(() => decodeEncoded(value, ANY_ARRAY)) : undefined;
  if (array instanceof PendingArray) return value;
  if (isNdArray(array)) return isReadable(array) ? asJson(array) : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlainLists(item)]));
}

/** Do lists say the same, and are short? An empty list has lost its shape; JSON numbers cannot hold large integers. */
function isReadable({ shape, data }: NdArray): boolean {
  return sizeOf(shape) > 0 && data.length <= MOST_ELEMENTS &&
    [...data].every((number) => typeof number !== "bigint" || Number.isSafeInteger(Number(number)));
}
