import type { TesseractModule } from "../../api/tesseract.ts";
import { aboutOf } from "../../endpoints/about.ts";
import { loadEndpoints } from "../../endpoints/endpoints.ts";
import { exampleAnswers, examplePayloads } from "../../endpoints/examples.ts";
import { inputSchemaDocument, openapiDocument, outputSchemaDocument } from "../../endpoints/openapi.ts";
import type { CommandContext } from "../command.ts";
import { checkOutput, writeValue } from "../io/output.ts";
import type { Settings } from "../options/settings.ts";
import { openModule } from "../user_module.ts";

/** Makes a command that prints what `make` makes of the user module. */
function printing(make: (module: TesseractModule, settings: Settings) => unknown) {
  return async (context: CommandContext): Promise<void> => {
    const { settings, cwd } = context;
    if (settings.outputFile !== undefined) await checkOutput(settings, cwd);
    const module = await openModule(context);
    await writeValue(context, await make(module, settings));
  };
}

export const inputSchema = printing((module) => inputSchemaDocument(module));
export const outputSchema = printing((module) => outputSchemaDocument(module));
export const openapiSchema = printing(async (module, settings) => {
  const endpoints = await loadEndpoints(module, settings.debug);
  return openapiDocument(
    module,
    await aboutOf(module, settings),
    endpoints,
    await examplePayloads(module),
    exampleAnswers(module),
  );
});
