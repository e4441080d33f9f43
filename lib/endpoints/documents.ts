/**
 * The documents about a module: its OpenAPI document and its schemas.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { type About, aboutOf } from "./about.ts";
import { loadEndpoints } from "./endpoints.ts";
import { exampleAnswers, examplePayloads } from "./examples.ts";
import { inputSchemaDocument, openapiDocument, outputSchemaDocument } from "./openapi.ts";

/** Makes a document, as a value to be written as JSON. */
export async function makeDocument(
  name: "openapi.json" | "input_schema" | "output_schema",
  module: TesseractModule,
  settings: About & { readonly debug: boolean },
): Promise<unknown> {
  if (name === "input_schema") return inputSchemaDocument(module);
  if (name === "output_schema") return outputSchemaDocument(module);
  const endpoints = await loadEndpoints(module, settings.debug);
  const about = await aboutOf(module, settings);
  return openapiDocument(module, about, endpoints, await examplePayloads(module), await exampleAnswers(module));
}
