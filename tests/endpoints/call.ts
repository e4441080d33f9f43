/** Calls an endpoint of a definition as the program does: bytes in, bytes out. */
import type { TesseractModule } from "../../lib/api/tesseract.ts";
import { ENDPOINTS } from "../../lib/endpoints/endpoints.ts";
import { answer } from "../../lib/endpoints/pipeline.ts";
import type { FormatName } from "../../lib/formats/registry.ts";
import { RunContext } from "../../lib/runs/run_context.ts";
import { readSchema } from "../../lib/schema/read.ts";
import type { z } from "zod";

/** A definition whose functions may return anything. */
export interface Definition {
  readonly InputSchema: z.ZodType;
  readonly OutputSchema: z.ZodType;
  readonly [name: string]: unknown;
}

export function moduleOf({ InputSchema, OutputSchema, ...functions }: Definition): TesseractModule {
  return {
    file: "/test/tesseract_api.ts",
    description: "",
    inputs: readSchema(InputSchema, "InputSchema").node,
    outputs: readSchema(OutputSchema, "OutputSchema").node,
    functions: functions as TesseractModule["functions"],
  };
}

/** The result as JSON, `{ faults: [[type, ...loc]] }`, or `{ error }`. */
export async function call(
  definition: Definition,
  name: string,
  payload: unknown,
  format: FormatName = "json",
): Promise<unknown> {
  const endpoint = await ENDPOINTS.find((entry) => entry.name === name)!.load();
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const outcome = await answer(moduleOf(definition), {
    endpoint,
    body: [new TextEncoder().encode(text)],
    bodyFormat: "json",
    format,
    context: new RunContext("test", { inputPath: "/", outputBase: "/", keep: false }, ""),
  });
  if (outcome.status === "invalid") return { faults: outcome.faults.map(({ type, loc }) => [type, ...loc]) };
  if (outcome.status === "failed") return { error: String(outcome.error) };
  let result = "";
  const decoder = new TextDecoder();
  for await (const chunk of outcome.chunks) result += decoder.decode(chunk, { stream: true });
  return JSON.parse(result);
}

/** A JSON-encoded array, as results have it. */
export const encoded = (dtype: string, shape: number[], buffer: unknown) => ({
  object_type: "array",
  shape,
  dtype,
  data: { buffer, encoding: "json" },
});

/** A module of tests/golden/modules. */
export async function loadModule(name: string): Promise<TesseractModule> {
  return moduleOf((await import(`../golden/modules/${name}/tesseract_api.ts`)).default);
}
