import { MissingFile } from "../../api/required_files.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import { BadResult } from "../../endpoints/bad_result.ts";
import { availableEndpoints, type EndpointEntry } from "../../endpoints/endpoints.ts";
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
import { openPayload } from "../io/payload.ts";
import type { Settings } from "../options/settings.ts";
import { runCall } from "../run_call.ts";
import { openModule } from "../user_module.ts";

/** The command of an endpoint: `apply`, `abstract-eval`, … */
export async function callEndpoint(context: CommandContext, entry: EndpointEntry, argument: string): Promise<void> {
  const { settings, cwd } = context;
  if (infoOf(settings.format).writesFiles && settings.outputPath === undefined && settings.outputFile === undefined) {
    throw new UsageError(`${settings.format} writes arrays to files: name a folder for them by --output-path`);
  }
  await checkOutput(settings, cwd);
  const payload = await openPayload(argument, context);
  const inputPath = settings.inputPath ?? payload.folder ?? cwd;
  const module = await openModule(context, inputPath);
  if (module.functions[entry.functionName] === undefined) throw notDefined(entry, module);
  if (settings.outputPath !== undefined) {
    if (entry.name === "apply") checkFiles(module, settings.outputPath);
    await makeFolder(settings.outputPath);
  }

  const call = {
    endpoint: await entry.load(),
    body: payload.chunks,
    bodyFormat: payload.format,
    format: settings.format,
    compression: settings.compression === "lz4" ? settings.compression : undefined,
  };
  const progress = await progressLine(context.io);
  const answer = await runCall(module, call, inputPath, settings, cwd, progress?.take).finally(() => progress?.end());
  if (answer.status === "invalid") throw await payloadError(answer, argument, cwd);
  if (answer.status === "failed") throw await failure(answer.error, module, settings);
  await writeResult(context, answer);
}

/** Shows the progress of a call, where somebody looks at it. */
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

/** Refuses results with files, before they are computed, where the output path cannot take files. */
function checkFiles({ outputs }: TesseractModule, outputPath: string): void {
  try {
    checkPlace(outputs, "output", outputPath);
  } catch (error) {
    throw error instanceof BadPath ? new UsageError(`output path: ${outputPath}: ${error.message}`) : error;
  }
}

/** The error to report for one that a call failed with: with the frames in the user's files, if user code threw it. */
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
