/**
 * Where a result goes: stdout, or a file in the output path, which is written whole or not at all.
 * @module
 */
import type { Encoded } from "../../formats/format.ts";
import type { Format } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { absolutePath, isInside, join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { unlessAbandoned } from "../../storage/unfinished.ts";
import { quote, UsageError } from "../errors.ts";
import type { CommandContext } from "../command.ts";
import type { Settings } from "../options/settings.ts";

const loadStorage = () => importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");

/**
 * The absolute path or URI of the result file; `undefined` for stdout. Throws a `UsageError` if it is outside the
 * output path.
 */
export function resultFile(settings: Settings, cwd: string): string | undefined {
  if (settings.outputFile === undefined) return undefined;
  const folder = settings.outputPath ?? cwd;
  // The name must not lead out of the folder; for a URI, this is checked with the local folder `/HOST/PATH`.
  const local = isUri(folder) ? absolutePath(folder.replace(/^[^:]+:/, ""), "/") : folder;
  const inside = absolutePath(settings.outputFile, local);
  if (inside === local || !isInside(inside, local) || settings.outputFile.endsWith("/")) {
    throw new UsageError(`output file: expected a name inside the output path, got ${quote(settings.outputFile)}`);
  }
  return isUri(folder) ? join(folder, settings.outputFile) : inside;
}

/** Throws a `UsageError` if no result could be written. To be called before anything is computed. */
export async function checkOutput(settings: Settings, cwd: string): Promise<void> {
  const file = resultFile(settings, cwd);
  if (file !== undefined && !isUri(file)) {
    // The result is renamed to this name: a folder would refuse it, a device or a named pipe would be replaced.
    const found = await Deno.lstat(file).catch(() => undefined);
    if (found && !found.isFile && !found.isSymlink) {
      const reason = found.isDirectory ? "it is a directory" : "it is not a regular file";
      throw new UsageError(`output file: ${file}: ${reason}`);
    }
  }
  await checkOutputPath(settings.outputPath);
}

/** Throws a `UsageError` if the output path is a URI to which nothing can be written. */
export async function checkOutputPath(outputPath: string | undefined): Promise<void> {
  if (outputPath === undefined || !isUri(outputPath)) return;
  const { checkWritable, StorageError } = await loadStorage();
  try {
    await checkWritable(outputPath);
  } catch (error) {
    if (error instanceof StorageError) throw new UsageError(`output path: ${outputPath}: ${error.reason}`);
    throw error;
  }
}

/** Creates the folder for the files of a call, if it is missing. */
export async function makeFolder(folder: string): Promise<void> {
  if (isUri(folder)) return;
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`output path: ${folder} cannot be used: ${(error as Error).message}`);
  }
}

/** Writes the result of a command to stdout or to the file that the settings name. */
export async function writeResult(
  { io, settings, cwd }: CommandContext,
  { format, chunks }: { format: Pick<Format, "extension">; chunks: Encoded },
): Promise<void> {
  const file = resultFile(settings, cwd);
  if (file !== undefined) return await writeToFile(file, chunks);
  for await (const chunk of chunks) io.write(chunk);
  if (io.terminal && format.extension === "json") io.print("\n");
}

/** Writes the file whole or not at all. If that fails, the `.bin` files of its arrays are removed, too. */
async function writeToFile(location: string, chunks: Encoded): Promise<void> {
  const { StorageError, write } = await loadStorage();
  const undo = async () => await chunks.undo?.();
  try {
    await unlessAbandoned(undo, () => write(location, chunks));
  } catch (error) {
    await undo();
    if (error instanceof StorageError) throw new UsageError(`output file: ${error.message}`);
    throw error;
  }
}

/** Writes a value without arrays, such as a document. */
export async function writeValue(context: CommandContext, value: unknown): Promise<void> {
  const { loadFormat } = await importLater<typeof import("../../formats/registry.ts")>("formats/registry.ts");
  const format = await loadFormat(context.settings.format);
  await writeResult(context, { format, chunks: await format.encode(value, {}) });
}
