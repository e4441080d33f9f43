import type { TesseractModule } from "../../api/tesseract.ts";
import { availableEndpoints, type EndpointEntry } from "../../endpoints/endpoints.ts";
import type { Answer } from "../../endpoints/pipeline.ts";
import { messageOf, namesOf, VALIDATION_ERROR } from "../../endpoints/thrown_names.ts";
import { concat, decodeUtf8 } from "../../formats/chunks.ts";
import { describeFault } from "../../schema/messages.ts";
import { folderOf, join } from "../../storage/location.ts";
import { type CommandContext, commandName } from "../command.ts";
import { CommandFailed, quote, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import { inputPathOf, openPayload } from "../io/payload.ts";
import { runCall } from "../run_call.ts";
import { openModule } from "../user_module.ts";

/**
 * `test --record NAME ENDPOINT JSON_PAYLOAD`: writes a test case of what the endpoint answers now as
 * `test_cases/NAME.json` beside the user module, and prints its path. Overwrites nothing.
 */
export async function recordTest(context: CommandContext, name: string, args: readonly string[]): Promise<void> {
  const { io, settings, cwd } = context;
  const [command, argument] = args;
  if (command === undefined || argument === undefined || args.length > 2) {
    throw new UsageError("--record NAME needs an endpoint and its payload: test --record small apply @payload.json");
  }
  if (!/^[^/.][^/]*$/.test(name)) throw new UsageError(`--record: expected the name of a file, got ${quote(name)}`);
  const payload = await openPayload(argument, context);
  if (payload.format !== "json") throw new UsageError(`${argument}: a test case is recorded from a JSON payload`);
  const body = concat(await Array.fromAsync(payload.chunks));
  const inputPath = inputPathOf(payload, context);
  const module = await openModule(context, inputPath);
  const entry = findEndpoint(command, module);

  const plain = { ...settings, format: "json", compression: "none" } as const;
  const answer = await runCall(module, await entry.load(), { ...payload, chunks: [body] }, inputPath, plain, "scratch");
  if (answer.status === "invalid" && answer.faults[0]!.type === "json_invalid") {
    throw await payloadError(answer, argument, cwd);
  }
  // Payload and result are copied as text: to parse and write them again could change numbers.
  const lines = [
    `  "endpoint": ${JSON.stringify(entry.name)}`,
    `  "payload": ${decodeUtf8(body).trim()}`,
    ...await expectationOf(answer),
  ];
  const file = join(folderOf(module.file), `test_cases/${name}.json`);
  await write(file, `{\n${lines.join(",\n")}\n}\n`);
  io.print(`${file}\n`);
}

function findEndpoint(command: string, module: TesseractModule): EndpointEntry {
  const entries = availableEndpoints(module);
  const found = entries.find((entry) => entry.name === command || commandName(entry) === command);
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no endpoint ${quote(command)}; the endpoints are ${entries.map(commandName).join(", ")}`,
  );
}

async function expectationOf(answer: Answer): Promise<string[]> {
  if (answer.status === "done") {
    return [`  "expected_outputs": ${decodeUtf8(concat(await Array.fromAsync(answer.chunks)))}`];
  }
  const [name, message] = answer.status === "invalid"
    ? [VALIDATION_ERROR[0]!, describeFault(answer.faults[0]!)]
    : [namesOf(answer.error)[0]!, messageOf(answer.error)];
  const pattern = message.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return [
    `  "expected_exception": ${JSON.stringify(name)}`,
    `  "expected_exception_regex": ${JSON.stringify(pattern)}`,
  ];
}

async function write(file: string, text: string): Promise<void> {
  try {
    await Deno.mkdir(folderOf(file), { recursive: true });
    await Deno.writeTextFile(file, text, { createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw new UsageError(`${file} exists already; nothing was written`);
    throw new CommandFailed(`${file} cannot be written: ${(error as Error).message}`);
  }
}
