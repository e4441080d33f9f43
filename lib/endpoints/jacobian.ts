import type { NdArray } from "../arrays/ndarray.ts";
import { vectorNode } from "../schema/node.ts";
import { differentiablePatterns, typeAtPath } from "../schema/paths.ts";
import { derivativePayload, pathsIn, refinePaths, sizesAt } from "./derivative_payload.ts";
import { arrayOf, bindSizes, entriesOf, wrongShape } from "./derivative_result.ts";
import type { Endpoint } from "./endpoint.ts";

/** `jacobian`: `{output: {input: array}}`, each array of shape `[...output.shape, ...input.shape]`. */
export const jacobian: Endpoint = {
  name: "jacobian",
  functionName: "jacobian",
  abstract: false,
  openapi: {
    prefix: "Jacobian",
    input: "JacobianInputSchema",
    output: "JacobianOutputSchema",
    description: "Computes the Jacobian of the Tesseract.\n\n" +
      "Differentiates ``jac_outputs`` with respect to ``jac_inputs``, at the point ``inputs``.",
    fields: {
      inputs: "The input data to compute the Jacobian at.",
      jac_inputs: "The set of differentiable inputs to compute the Jacobian with respect to.",
      jac_outputs: "The set of differentiable outputs to compute the Jacobian of.",
    },
    resultDescription:
      "Container for the results of Jacobian computations. The result represents a nested structure of the " +
      "Jacobian matrix as a mapping with structure ``{jac_outputs: {jac_inputs: array}}``. The shape of each array is " +
      "the concatenation of the shapes of the output and input arrays, i.e. " +
      "``(*output_array.shape, *input_array.shape)``.",
    result: (module) =>
      vectorNode(differentiablePatterns(module.outputs), vectorNode(differentiablePatterns(module.inputs))),
  },
  payload: (module) => derivativePayload(module, "jac"),

  refine: (_module, payload, found) => refinePaths(payload, "jac", found),

  async run(module, payload, context, sizes) {
    const { inputs } = payload;
    const jacInputs = pathsIn(payload, "jac_inputs");
    const jacOutputs = pathsIn(payload, "jac_outputs");
    const returned = await module.functions.jacobian!(inputs, jacInputs, jacOutputs, context);
    const byOutput = entriesOf(returned, jacOutputs, "The result of jacobian");
    const result: Record<string, Record<string, NdArray>> = {};
    // The order is the one in which user code returned them.
    for (const output of Object.keys(byOutput)) {
      const byInput = entriesOf(byOutput[output], jacInputs, `The jacobian of '${output}'`);
      const type = typeAtPath(differentiablePatterns(module.outputs), output)!;
      // A free size of the output must be the same with respect to every input.
      let outputShape = sizes.resolve(type.shape);
      result[output] = {};
      for (const input of Object.keys(byInput)) {
        const what = `The jacobian of '${output}' with respect to '${input}'`;
        const inputShape = sizesAt(inputs, input)!;
        const expected = outputShape && [...outputShape, ...inputShape];
        const array = arrayOf(byInput[input], { dtype: null, fallback: type.dtype ?? "float64" }, expected, what);
        const found: readonly number[] = array.shape;
        const rank = found.length - inputShape.length;
        if (rank < 0 || inputShape.some((size, i) => found[rank + i] !== size)) {
          throw wrongShape(what, found, inputShape);
        }
        bindSizes(sizes, type.shape, found, `outputs.${output}`, what);
        outputShape = found.slice(0, rank);
        result[output][input] = array;
      }
    }
    return result;
  },
};
