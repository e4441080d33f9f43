import { vectorNode } from "../schema/node.ts";
import { differentiablePatterns } from "../schema/paths.ts";
import { checkVector, derivativePayload, isFaulty, pathsIn, refinePaths, typeAt } from "./derivative_payload.ts";
import { arrayOf, bindSizes, entriesOf } from "./derivative_result.ts";
import type { Endpoint } from "./endpoint.ts";

/** Which of the two products it is. */
interface ProductEndpoint {
  readonly name: string;
  readonly functionName: "jacobianVectorProduct" | "vectorJacobianProduct";
  /** Of its lists of paths: `jvp_inputs`, `jvp_outputs`. */
  readonly prefix: string;
  /** The field with the vector, and on which side the vector's arrays and those of the result are. */
  readonly vector: string;
  readonly from: "inputs" | "outputs";
  readonly to: "inputs" | "outputs";
  readonly openapi: Omit<Endpoint["openapi"], "result">;
}

/** `jacobian_vector_product`: `{output: array}`, the Jacobian times a tangent vector. */
export const jacobianVectorProduct = product({
  name: "jacobian_vector_product",
  functionName: "jacobianVectorProduct",
  prefix: "jvp",
  vector: "tangent_vector",
  from: "inputs",
  to: "outputs",
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
  },
});

/** `vector_jacobian_product`: `{input: array}`, a cotangent vector times the Jacobian. */
export const vectorJacobianProduct = product({
  name: "vector_jacobian_product",
  functionName: "vectorJacobianProduct",
  prefix: "vjp",
  vector: "cotangent_vector",
  from: "outputs",
  to: "inputs",
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
  },
});

function product({ name, functionName, prefix, vector, from, to, openapi }: ProductEndpoint): Endpoint {
  const lists = { inputs: `${prefix}_inputs`, outputs: `${prefix}_outputs` };
  return {
    name,
    functionName,
    abstract: false,
    openapi: { ...openapi, result: (module) => vectorNode(differentiablePatterns(module[to])) },
    payload: (module) =>
      derivativePayload(module, prefix, { [vector]: vectorNode(differentiablePatterns(module[from])) }),

    refine(module, payload, found, sizes) {
      const refined = refinePaths(payload, prefix, found);
      if (refined.length > 0) return refined;
      if (["inputs", lists.inputs, lists.outputs, vector].some((field) => isFaulty(found, field))) return refined;
      const paths = pathsIn(payload, lists[from]);
      return checkVector(payload, vector, paths, (path) => typeAt(module, from, payload["inputs"], path), sizes);
    },

    async run(module, payload, context, sizes) {
      const { inputs, [vector]: arrays } = payload;
      const [byPaths, ofPaths] = [pathsIn(payload, lists.inputs), pathsIn(payload, lists.outputs)];
      const returned = await module.functions[functionName]!(inputs, byPaths, ofPaths, arrays, context);
      const asked = to === "inputs" ? byPaths : ofPaths;
      const entries = Object.entries(entriesOf(returned, asked, `The result of ${functionName}`));
      return Object.fromEntries(entries.map(([path, value]) => {
        const { dtype, shape } = typeAt(module, to, inputs, path);
        const what = `The ${functionName} ${to === "inputs" ? "with respect to" : "of"} '${path}'`;
        const array = arrayOf(value, { dtype, fallback: "float64" }, sizes.resolve(shape), what);
        bindSizes(sizes, shape, array.shape, `${to}.${path}`, what);
        return [path, array];
      }));
    },
  };
}
