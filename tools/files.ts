import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The files below a folder whose names end so. */
export function* filesIn(folder: string, extension: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesIn(join(folder, name), extension);
    else if (name.endsWith(extension)) yield join(folder, name);
  }
}

/** Copies a file or a folder, whose target's folder need not exist. */
export async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
}
