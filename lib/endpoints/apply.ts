import type { Endpoint } from "./endpoint.ts";
import { badResult } from "./bad_result.ts";
import { objectNode } from "../schema/node.ts";
import { validate } from "../schema/validate.ts";

/** `apply`: the outputs for given inputs. */
export const apply: Endpoint = {
  name: "apply",
  functionName: "apply",
  abstract: false,
  openapi: {
    prefix: "Apply",
    input: "ApplyInputSchema",
    output: "ApplyOutputSchema",
    description: "Apply the Tesseract to the input data.",
    fields: { inputs: "The input data to apply the Tesseract to." },
    result: (module) => module.outputs,
    resultDescription: "The output data from applying the Tesseract.",
  },
  payload: (module) => objectNode({ inputs: module.inputs }),
  async run(module, { inputs }, context) {
    const outputs = await module.functions.apply!(inputs, context);
    const { value, faults } = validate(module.outputs, outputs, "output", context);
    if (faults.length > 0) throw badResult("apply", faults);
    return value;
  },
};
