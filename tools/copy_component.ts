import { cp, mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { loadModule } from "../lib/check/load.ts";
import { readGraph } from "./bundle_packages.ts";

/** A user module that is to be embedded. */
export interface Component {
  /** Where it is, in the folder of what is embedded. */
  readonly path: string;
  /** What it imports from packages. */
  readonly specifiers: readonly string[];
  /** By itself. */
  readonly description: string;
}

/** Copies a user module and all files that it imports. Throws `BrokenModule` if it has faults. */
export async function copyComponent(path: string, embedded: string): Promise<Component> {
  const { description } = await loadModule(path);
  const { files, specifiers } = await readGraph([path]);
  let folder = dirname(path);
  while (files.some((file) => relative(folder, file).startsWith(".."))) folder = dirname(folder);
  const placeOf = (file: string) => join("component", relative(folder, file));
  for (const file of files) {
    await mkdir(dirname(join(embedded, placeOf(file))), { recursive: true });
    await cp(file, join(embedded, placeOf(file)));
  }
  return { path: placeOf(path), specifiers, description };
}
