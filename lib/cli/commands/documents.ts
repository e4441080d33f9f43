/**
 * `input-schema`, `output-schema` and `openapi-schema`: what the user module looks like, as documents.
 * @module
 */
import type { TesseractModule } from "../../api/tesseract.ts";
import { loadEndpoints } from "../../endpoints/load.ts";
import type { Invocation } from "../invocation.ts";
import type { ResultFlags } from "../options/options.ts";
import { checkOutput, writeValue } from "../io/output.ts";
import { readSettings, type Settings } from "../options/settings.ts";
import { openModule } from "../user_module.ts";

type Documents = typeof import("../../endpoints/openapi.ts");
type Make = (documents: Documents, module: TesseractModule, settings: Settings) => unknown;

function documentCommand(name: string, make: Make) {
  return async function (this: Invocation, flags: ResultFlags): Promise<void> {
    const settings = readSettings(this, name, flags);
    if (settings.outputFile !== undefined) await checkOutput(settings, this.cwd);
    const module = await openModule(this, settings);
    const document = await make(await import("../../endpoints/openapi.ts"), module, settings);
    await writeValue(this, settings, document);
  };
}

/** Prints the JSON Schema of the payload of `apply`. */
export const inputSchema = documentCommand(
  "input-schema",
  (documents, module) => documents.inputSchemaDocument(module),
);

/** Prints the JSON Schema of the result of `apply`. */
export const outputSchema = documentCommand(
  "output-schema",
  (documents, module) => documents.outputSchemaDocument(module),
);

/** Prints the OpenAPI document. */
export const openapiSchema = documentCommand("openapi-schema", async (documents, module, settings) => {
  const { name: title, version, description, debug } = settings;
  const endpoints = await loadEndpoints(module, debug);
  return documents.openapiDocument(module, { title, version, description }, endpoints);
});
