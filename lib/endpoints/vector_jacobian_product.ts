import { vectorNode } from "../schema/node.ts";
import { type PathList, typeAtPath } from "../schema/path_list.ts";
import {
  checkInputPaths,
  checkVector,
  derivativePayload,
  isFaulty,
  patternsOf,
  tangentType,
} from "./derivative_payload.ts";
import { arrayOf, entriesOf } from "./derivative_result.ts";
import type { Endpoint } from "./endpoint.ts";

/** `vector_jacobian_product`: `{input: array}`, a cotangent vector times the Jacobian. */
export const vectorJacobianProduct: Endpoint = {
  name: "vector_jacobian_product",
  functionName: "vectorJacobianProduct",
  abstract: false,
  openapi: {
    prefix: "Vjp",
    input: "VJPInputSchema",
    output: "VJPOutputSchema",
    description: "Compute the Jacobian vector product of the Tesseract at the input data.\n\n" +
      "Computes the vector Jacobian product between the Jacobian given by ``vjp_outputs``\n" +
      "with respect to ``vjp_inputs`` at the point ``inputs`` and the given cotangent vector.",
    fields: {
      inputs: "The input data to compute the VJP at.",
      vjp_inputs: "The set of differentiable inputs to compute the VJP with respect to.",
      vjp_outputs: "The set of differentiable outputs to compute the VJP of.",
      cotangent_vector: "Cotangent vector to multiply the Jacobian with. Expected to be a mapping with structure " +
        "``{vjp_outputs: array}``. The shape of each array is the same as the shape of the corresponding output array.",
    },
    resultDescription:
      "Container for the results of vector-Jacobian products. The result is a mapping with structure " +
      "``{vjp_inputs: array}``. The shape of each array is the same as the shape of the corresponding input array.",
    result: (module) => vectorNode(patternsOf(module).inputs),
  },
  payload: (module) => derivativePayload(module, "vjp", { cotangent_vector: patternsOf(module).outputs }),

  refine(module, payload, faults) {
    if (isFaulty(faults, "inputs") || !payload["vjp_inputs"]) return [];
    const missing = checkInputPaths(payload["inputs"], payload["vjp_inputs"] as PathList, "vjp_inputs");
    const known = ["vjp_inputs", "vjp_outputs", "cotangent_vector"].every((field) => !isFaulty(faults, field));
    if (missing.length > 0 || !known) return missing;
    const typeOf = (path: string) => typeAtPath(patternsOf(module).outputs, path)!;
    return checkVector(payload, "cotangent_vector", payload["vjp_outputs"] as PathList, typeOf);
  },

  async run(module, payload, context) {
    const { inputs, cotangent_vector } = payload;
    const vjpInputs = new Set((payload["vjp_inputs"] as PathList).keys());
    const vjpOutputs = new Set((payload["vjp_outputs"] as PathList).keys());
    const run = module.functions.vectorJacobianProduct!;
    const returned = await run(inputs, vjpInputs, vjpOutputs, cotangent_vector, context);
    const byInput = entriesOf(returned, vjpInputs, "The result of vectorJacobianProduct");
    return Object.fromEntries(
      Object.keys(byInput).map((input) => {
        const { dtype, shape } = tangentType(module, inputs, input);
        const what = `The vectorJacobianProduct with respect to '${input}'`;
        return [input, arrayOf(byInput[input], { dtype, fallback: "float64" }, shape, what)];
      }),
    );
  },
};
