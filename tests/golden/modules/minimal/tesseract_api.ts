import { defineTesseract, z } from "@tesseract/runtime";

export default defineTesseract({
  description: "Say hello.",
  InputSchema: z.object({
    name: z.string().describe("Whom to greet."),
    excited: z.boolean().describe("Whether to shout.").default(false),
  }),
  OutputSchema: z.object({
    greeting: z.string().describe("The greeting."),
  }),

  apply({ name, excited }) {
    return { greeting: `Hello ${name}${excited ? "!" : "."}` };
  },
});
