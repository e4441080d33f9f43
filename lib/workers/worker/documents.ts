/**
 * The OpenAPI document and the schemas. They are made in a worker, because the server never loads the user module.
 * @module
 */
import { importLater } from "../../import_later.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import { loadEndpoints } from "../../endpoints/endpoints.ts";
import type { DocumentName, WorkerSettings } from "../protocol/messages.ts";

/** Makes a document, as a value to be written as JSON. */
export async function makeDocument(
  name: DocumentName,
  module: TesseractModule,
  settings: Pick<WorkerSettings, "name" | "version" | "description" | "debug">,
): Promise<unknown> {
  const { inputSchemaDocument, openapiDocument, outputSchemaDocument } = await importLater<
    typeof import("../../endpoints/openapi.ts")
  >("endpoints/openapi.ts");
  if (name === "input_schema") return inputSchemaDocument(module);
  if (name === "output_schema") return outputSchemaDocument(module);
  const { aboutOf } = await importLater<typeof import("../../endpoints/about.ts")>("endpoints/about.ts");
  const endpoints = await loadEndpoints(module, settings.debug);
  const { exampleAnswers, examplePayloads } = await importLater<typeof import("../../endpoints/examples.ts")>(
    "endpoints/examples.ts",
  );
  return openapiDocument(
    module,
    await aboutOf(module, settings),
    endpoints,
    await examplePayloads(module),
    await exampleAnswers(module),
  );
}
