import { MissingFile } from "../../api/required_files.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import { BadResult } from "../../endpoints/bad_result.ts";
import { availableEndpoints, type EndpointEntry, ENDPOINTS } from "../../endpoints/endpoints.ts";
import { infoOf } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { BadPath, checkPlace } from "../../schema/file_paths.ts";
import { StorageError } from "../../storage/error.ts";
import { type CommandContext, commandName } from "../command.ts";
import { CommandFailed, messageOf, UsageError } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import type { Io } from "../io/io.ts";
import type { ProgressLine } from "../io/progress_line.ts";
import { checkOutput, makeFolder, writeResult } from "../io/output.ts";
import { inputPathOf, openPayload } from "../io/payload.ts";
import type { Settings } from "../options/settings.ts";
import { runCall } from "../run_call.ts";
import { openModule } from "../user_module.ts";

/** The command of an endpoint: `apply`, `abstract-eval`, … */
export async function run(context: CommandContext, [argument]: readonly [string]): Promise<void> {
  const { settings, cwd } = context;
  const entry = ENDPOINTS.find((entry) => commandName(entry) === context.command)!;
  if (infoOf(settings.format).writesFiles && settings.outputPath === undefined && settings.outputFile === undefined) {
    throw new UsageError(`${settings.format} writes arrays to files: name a folder for them by --output-path`);
  }
  await checkOutput(settings, cwd);
  const payload = await openPayload(argument, context);
  const inputPath = inputPathOf(payload, context);
  const module = await openModule(context, inputPath);
  if (module.functions[entry.functionName] === undefined) throw notDefined(entry, module);
  if (settings.outputPath !== undefined) {
    if (entry.name === "apply") checkFiles(module, settings.outputPath);
    await makeFolder(settings.outputPath);
  }

  const endpoint = await entry.load();
  const progress = await progressLine(context.io);
  const answer = await runCall(module, endpoint, payload, inputPath, settings, cwd, progress?.take)
    .finally(() => progress?.end());
  if (answer.status === "invalid") throw await payloadError(answer, argument, cwd);
  if (answer.status === "failed") throw await failure(answer.error, module, settings);
  await writeResult(context, answer);
}

/** Shows the progress of a call, if stderr is a terminal. */
async function progressLine(io: Io): Promise<ProgressLine | undefined> {
  if (!io.errorTerminal) return undefined;
  const { ProgressLine } = await importLater<typeof import("../io/progress_line.ts")>("cli/io/progress_line.ts");
  return new ProgressLine(io.errorStream());
}

function notDefined(entry: EndpointEntry, module: TesseractModule): UsageError {
  const others = availableEndpoints(module).map(({ functionName }) => functionName).join(", ");
  return new UsageError(
    `No such command '${commandName(entry)}': it needs the function ${entry.functionName}, ` +
      `which ${module.file} does not define; it defines ${others}`,
  );
}

/** Throws a `UsageError` before anything is computed if results have files and the output path is a URI. */
function checkFiles({ outputs }: TesseractModule, outputPath: string): void {
  try {
    checkPlace(outputs, "output", outputPath);
  } catch (error) {
    throw error instanceof BadPath ? new UsageError(`output path: ${outputPath}: ${error.message}`) : error;
  }
}

/**
 * The error to report for a call that failed. For an error of user code it lists the stack frames in the user's files.
 */
export async function failure(
  error: unknown,
  module: TesseractModule,
  { debug }: Settings,
): Promise<CommandFailed | UsageError> {
  // A `.bin` file of the result could not be written.
  if (error instanceof StorageError) return new UsageError(`output path: ${error.message}`);
  if (debug) return new CommandFailed(messageOf(error, true));
  if (error instanceof BadResult || error instanceof MissingFile) return new CommandFailed(error.message);
  const { userFrames } = await importLater<typeof import("../../api/stack.ts")>("api/stack.ts");
  return new CommandFailed(userFrames(error, module.file));
}
