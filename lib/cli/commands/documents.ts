import { makeDocument } from "../../endpoints/documents.ts";
import type { CommandContext } from "../command.ts";
import { checkOutput, writeValue } from "../io/output.ts";
import { openModule } from "../user_module.ts";

const DOCUMENTS = {
  "input-schema": "input_schema",
  "output-schema": "output_schema",
  "openapi-schema": "openapi.json",
} as const;

/** `input-schema`, `output-schema`, `openapi-schema`: prints a document about the user module. */
export async function run(context: CommandContext): Promise<void> {
  const { command, settings, cwd } = context;
  if (settings.outputFile !== undefined) await checkOutput(settings, cwd);
  const module = await openModule(context);
  const document = await makeDocument(DOCUMENTS[command as keyof typeof DOCUMENTS], module, settings);
  await writeValue(context, document);
}
