import type { Endpoint } from "./endpoint.ts";
import { validResult } from "./bad_result.ts";
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
  async run(module, { inputs }, context, sizes) {
    const outputs = await module.functions.apply!(inputs, context);
    return validResult("apply", validate(module.outputs, outputs, "output", { places: context, sizes }));
  },
};
