/**
 * Where a result goes: stdout, or a file in the output path, which is written whole or not at all.
 * @module
 */
import type { Encoded } from "../../formats/format.ts";
import type { Format } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { absolutePath, isInside, isUri, join } from "../../storage/location.ts";
import { unlessAbandoned } from "../../storage/unfinished.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "./io.ts";
import type { Invocation } from "../invocation.ts";
import type { Settings } from "../options/settings.ts";

/** The file of the result, from the root; `undefined`: stdout. Throws a `UsageError` if it is not in the output path. */
export function resultFile(settings: Settings, cwd: string): string | undefined {
  if (settings.outputFile === undefined) return undefined;
  const folder = settings.outputPath ?? cwd;
  // whatever the folder is, the name must not lead out of it
  const inside = absolutePath(settings.outputFile, isUri(folder) ? "/folder" : folder);
  if (inside === folder || !isInside(inside, isUri(folder) ? "/folder" : folder) || settings.outputFile.endsWith("/")) {
    throw new UsageError(`output file: expected a name inside the output path, got ${settings.outputFile}`);
  }
  return isUri(folder) ? join(folder, settings.outputFile) : inside;
}

/** Throws a `UsageError` where it is plain that no result could be written: before something is computed. */
export async function checkOutput(settings: Settings, cwd: string): Promise<void> {
  resultFile(settings, cwd);
  await checkOutputPath(settings.outputPath);
}

/** Throws a `UsageError` if the output path is a URI where nothing can be written. */
export async function checkOutputPath(outputPath: string | undefined): Promise<void> {
  if (outputPath === undefined || !isUri(outputPath)) return;
  const { checkWritable, StorageError } = await importLater<typeof import("../../storage/storage.ts")>(
    "storage/storage.ts",
  );
  try {
    await checkWritable(outputPath);
  } catch (error) {
    if (error instanceof StorageError) throw new UsageError(`output path: ${outputPath}: ${error.reason}`);
    throw error;
  }
}

/** Makes the folder for the files of a call, if it is missing. */
export async function makeFolder(folder: string): Promise<void> {
  if (isUri(folder)) return;
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`output path: ${folder} cannot be used: ${(error as Error).message}`);
  }
}

/** Writes what a command answers where the settings say. */
export async function writeResult(invocation: Invocation, settings: Settings, answer: Written): Promise<void> {
  const file = resultFile(settings, invocation.cwd);
  if (file === undefined) await writeToStdout(invocation.io, answer);
  else await writeToFile(file, answer.chunks);
}

/** A result as bytes, and the format that they are in. */
export interface Written {
  readonly format: Pick<Format, "extension">;
  readonly chunks: Encoded;
}

async function writeToStdout(io: Io, { format, chunks }: Written): Promise<void> {
  for await (const chunk of chunks) io.write(chunk);
  if (io.terminal && format.extension === "json") io.write(new TextEncoder().encode("\n"));
}

/** Whole or not at all: who looks sees no file, the old one, or the new one. The files of its arrays stay with it only. */
async function writeToFile(location: string, chunks: Encoded): Promise<void> {
  const { StorageError, write } = await importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");
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
export async function writeValue(invocation: Invocation, settings: Settings, value: unknown): Promise<void> {
  const { loadFormat } = await importLater<typeof import("../../formats/registry.ts")>("formats/registry.ts");
  const format = await loadFormat(settings.format);
  await writeResult(invocation, settings, { format, chunks: await format.encode(value, {}) });
}
