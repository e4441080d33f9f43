import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The TypeScript files below a folder. */
export function* sourcesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sourcesIn(join(folder, name));
    else if (name.endsWith(".ts")) yield join(folder, name);
  }
}

/** Copies a file or a folder, whose target's folder need not exist. */
export async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
}
