import { StorageError } from "../../storage/error.ts";
import { infoOf } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { BadResult } from "../../endpoints/bad_result.ts";
import { availableEndpoints, type EndpointEntry } from "../../endpoints/endpoints.ts";
import { MissingFile } from "../../api/required_files.ts";
import { BadPath, checkPlace } from "../../schema/file_paths.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import { commandName } from "../application.ts";
import { CommandFailed, UsageError, wordsOf } from "../errors.ts";
import { payloadError } from "../fault_line.ts";
import type { Invocation } from "../invocation.ts";
import type { ResultFlags } from "../options/options.ts";
import { checkOutput, makeFolder, writeResult } from "../io/output.ts";
import { openPayload } from "../io/payload.ts";
import { runCall } from "../run_call.ts";
import { readSettings, type Settings } from "../options/settings.ts";
import { openModule } from "../user_module.ts";

/** The command of an endpoint: `apply`, `abstract-eval`, … */
export function callCommand(entry: EndpointEntry) {
  return async function (this: Invocation, flags: ResultFlags, argument: string): Promise<void> {
    const settings = readSettings(this, commandName(entry), flags);
    if (infoOf(settings.format).writesFiles && settings.outputPath === undefined && settings.outputFile === undefined) {
      throw new UsageError(`${settings.format} writes arrays to files: name a folder for them by --output-path`);
    }
    await checkOutput(settings, this.cwd);
    const payload = await openPayload(argument, this);
    const inputPath = settings.inputPath ?? payload.folder ?? this.cwd;
    const module = await openModule(this, settings, inputPath);
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
    const outcome = await runCall(module, call, inputPath, settings, this.cwd);
    if (outcome.status === "invalid") throw await payloadError(outcome, argument, this.cwd);
    if (outcome.status === "failed") throw await failure(outcome.error, module, settings);
    await writeResult(this, settings, outcome);
  };
}

function notDefined(entry: EndpointEntry, module: TesseractModule): UsageError {
  const others = availableEndpoints(module).map(({ functionName }) => functionName).join(", ");
  return new UsageError(
    `No such command '${
      commandName(entry)
    }': it needs the function ${entry.functionName}, which ${module.file} does not define; ` +
      `it defines ${others}`,
  );
}

/** A result with files that cannot be sent is refused before it is computed. */
function checkFiles({ outputs }: TesseractModule, outputPath: string): void {
  try {
    checkPlace(outputs, "output", outputPath);
  } catch (error) {
    throw error instanceof BadPath ? new UsageError(`output path: ${outputPath}: ${error.message}`) : error;
  }
}

/** The user's function threw: the frames of the user's own files say where. */
export async function failure(
  error: unknown,
  module: TesseractModule,
  { debug }: Settings,
): Promise<CommandFailed | UsageError> {
  // A file with the arrays of the result: as where the result itself cannot be written.
  if (error instanceof StorageError) return new UsageError(`output path: ${error.message}`);
  if (debug) return new CommandFailed(wordsOf(error, true));
  if (error instanceof BadResult || error instanceof MissingFile) return new CommandFailed(error.message);
  const { userFrames } = await importLater<typeof import("../../api/stack.ts")>("api/stack.ts");
  return new CommandFailed(userFrames(error, module.file));
}
