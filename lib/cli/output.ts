/**
 * Where a result goes: stdout, or a file in the output path, which is written whole or not at all.
 * @module
 */
import type { Chunks, Format } from "../formats/format.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath, folderOf } from "./paths.ts";
import type { Settings } from "./settings.ts";

/** The file of the result, from the root; `undefined`: stdout. Throws a `UsageError` if it is not in the output path. */
export function resultFile(settings: Settings, cwd: string): string | undefined {
  if (settings.outputFile === undefined) return undefined;
  const folder = settings.outputPath ?? cwd;
  const file = absolutePath(settings.outputFile, folder);
  if (!file.startsWith(folder === "/" ? folder : `${folder}/`) || settings.outputFile.endsWith("/")) {
    throw new UsageError(`output file: expected a name inside the output path, got ${settings.outputFile}`);
  }
  return file;
}

/** Makes the folder for the files of a call, if it is missing. */
export async function makeFolder(folder: string): Promise<void> {
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
  readonly chunks: Chunks;
}

async function writeToStdout(io: Io, { format, chunks }: Written): Promise<void> {
  for await (const chunk of chunks) io.write(chunk);
  if (io.terminal && format.extension === "json") io.write(new TextEncoder().encode("\n"));
}

/** Under a temporary name in the same folder, then renamed: who looks sees no file, the old one, or the new one. */
async function writeToFile(path: string, chunks: Chunks): Promise<void> {
  await makeFolder(folderOf(path));
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const file = await openNew(temporary, path);
  const interrupted = () => {
    Deno.removeSync(temporary);
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupted);
  try {
    try {
      for await (const chunk of chunks) {
        for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
      }
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupted);
  }
}

async function openNew(temporary: string, path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(temporary, { write: true, createNew: true });
  } catch (error) {
    throw new UsageError(`output file: ${path} cannot be written: ${(error as Error).message}`);
  }
}

/** Writes a value without arrays, such as a document. */
export async function writeValue(invocation: Invocation, settings: Settings, value: unknown): Promise<void> {
  const { loadFormat } = await import("../formats/formats.ts");
  const format = await loadFormat(settings.format);
  await writeResult(invocation, settings, { format, chunks: await format.encode(value, {}) });
}
