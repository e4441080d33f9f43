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

/** `jacobian_vector_product`: `{output: array}`, the Jacobian times a tangent vector. */
export const jacobianVectorProduct: Endpoint = {
  name: "jacobian_vector_product",
  functionName: "jacobianVectorProduct",
  abstract: false,
  openapi: {
    prefix: "Jvp",
    input: "JVPInputSchema",
    output: "JVPOutputSchema",
    description: "Compute the Jacobian vector product of the Tesseract at the input data.\n\n" +
      "Evaluates the Jacobian vector product between the Jacobian given by ``jvp_outputs``\n" +
      "with respect to ``jvp_inputs`` at the point ``inputs`` and the given tangent vector.",
    fields: {
      inputs: "The input data to compute the JVP at.",
      jvp_inputs: "The set of differentiable inputs to compute the JVP with respect to.",
      jvp_outputs: "The set of differentiable outputs to compute the JVP of.",
      tangent_vector: "Tangent vector to multiply the Jacobian with. Expected to be a mapping with structure " +
        "``{jvp_inputs: array}``. The shape of each array is the same as the shape of the corresponding input array.",
    },
    resultDescription:
      "Container for the results of Jacobian-vector products. The result is a mapping with structure " +
      "``{jvp_outputs: array}``. The shape of each array is the same as the shape of the corresponding output array.",
    result: (module) => vectorNode(patternsOf(module).outputs),
  },
  payload: (module) => derivativePayload(module, "jvp", { tangent_vector: patternsOf(module).inputs }),

  refine(module, payload, faults) {
    if (isFaulty(faults, "inputs") || !payload["jvp_inputs"]) return [];
    const list = payload["jvp_inputs"] as PathList;
    const missing = checkInputPaths(payload["inputs"], list, "jvp_inputs");
    const known = ["jvp_inputs", "jvp_outputs", "tangent_vector"].every((field) => !isFaulty(faults, field));
    if (missing.length > 0 || !known) return missing;
    return checkVector(payload, "tangent_vector", list, (path) => tangentType(module, payload["inputs"], path));
  },

  async run(module, payload, context) {
    const { inputs, tangent_vector } = payload;
    const jvpInputs = new Set((payload["jvp_inputs"] as PathList).keys());
    const jvpOutputs = new Set((payload["jvp_outputs"] as PathList).keys());
    const run = module.functions.jacobianVectorProduct!;
    const returned = await run(inputs, jvpInputs, jvpOutputs, tangent_vector, context);
    const byOutput = entriesOf(returned, jvpOutputs, "The result of jacobianVectorProduct");
    return Object.fromEntries(
      Object.keys(byOutput).map((output) => {
        const { dtype, shape } = typeAtPath(patternsOf(module).outputs, output)!;
        const what = `The jacobianVectorProduct of '${output}'`;
        return [output, arrayOf(byOutput[output], { dtype, fallback: "float64" }, shape, what)];
      }),
    );
  },
};
