import { validResult } from "./bad_result.ts";
import type { Endpoint } from "./endpoint.ts";
import { objectNode } from "../schema/node.ts";
import { validate } from "../schema/validate.ts";

/** `abstract_eval`: the shapes and dtypes of the outputs from those of the inputs, computing nothing. */
export const abstractEval: Endpoint = {
  name: "abstract_eval",
  functionName: "abstractEval",
  abstract: true,
  openapi: {
    prefix: "AbstractEval",
    input: "AbstractInputSchema",
    output: "AbstractOutputSchema",
    description: "Perform abstract evaluation of the Tesseract on the input data.",
    fields: {
      inputs: "The abstract input data to evaluate the Tesseract on. Has the same structure as InputSchema, but with " +
        "array fields replaced by ShapeDType.",
    },
    result: (module) => module.outputs,
    resultDescription:
      "Abstract outputs with the same structure as OutputSchema, but with array fields replaced by ShapeDType.",
  },
  payload: (module) => objectNode({ inputs: module.inputs }),
  async run(module, { inputs }, _context, sizes) {
    const outputs = await module.functions.abstractEval!(inputs);
    return validResult("abstractEval", validate(module.outputs, outputs, "abstract output", { sizes }));
  },
};
