import { aboutOf } from "../../endpoints/about.ts";
import { loadEndpoints } from "../../endpoints/endpoints.ts";
import { exampleAnswers, examplePayloads } from "../../endpoints/examples.ts";
import { inputSchemaDocument, openapiDocument, outputSchemaDocument } from "../../endpoints/openapi.ts";
import type { CommandContext } from "../command.ts";
import { checkOutput, writeValue } from "../io/output.ts";
import { openModule } from "../user_module.ts";

/** `input-schema`, `output-schema`, `openapi-schema`: prints a document about the user module. */
export async function run(context: CommandContext): Promise<void> {
  const { command, settings, cwd } = context;
  if (settings.outputFile !== undefined) await checkOutput(settings, cwd);
  const module = await openModule(context);
  if (command === "input-schema") return await writeValue(context, inputSchemaDocument(module));
  if (command === "output-schema") return await writeValue(context, outputSchemaDocument(module));
  const endpoints = await loadEndpoints(module, settings.debug);
  const [about, examples, answers] = [aboutOf(module, settings), examplePayloads(module), exampleAnswers(module)];
  await writeValue(context, openapiDocument(module, await about, endpoints, await examples, await answers));
}
