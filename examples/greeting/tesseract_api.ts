import { defineTesseract, z } from "@tesseract/runtime";

export default defineTesseract({
  description: "Greets somebody.",

  InputSchema: z.object({
    name: z.string().min(1).describe("Whom to greet."),
    excited: z.boolean().describe("Whether to shout.").default(false),
  }),

  OutputSchema: z.object({
    greeting: z.string().describe("The greeting."),
  }),

  apply({ name, excited }) {
    return { greeting: `Hello ${name}${excited ? "!" : "."}` };
  },
});
