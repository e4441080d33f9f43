import { BadPath, checkRelative, resolveInput } from "../schema/file_paths.ts";

/** A file that a module requires does not exist. */
export class MissingFile extends Error {
  override name = "MissingFile";
}

/** The input path of the module that is being loaded, or was loaded last. */
let folder: string | undefined;
/** The files that the module that is being loaded has asked for so far. */
let asked: Set<string> | undefined;
/** Settles when the modules so far have been loaded. */
let earlierLoads: Promise<unknown> = Promise.resolve();

/**
 * Declares, while the module is loaded, that it needs a file in the input path, and returns the file's absolute path.
 * Without the file `check`, `serve` and every call fail; the help and the schemas need no files. Throws a `TypeError`
 * if the path is not relative.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { requireFile } from "@tesseract/runtime";
 *
 * const weights = requireFile("weights.bin");
 * assert.ok(weights.endsWith("/weights.bin"));
 * // in apply: await Deno.readFile(weights)
 * ```
 */
export function requireFile(path: string): string {
  if (typeof path !== "string") {
    throw new TypeError("requireFile: expected a string, a path relative to the input path");
  }
  try {
    checkRelative(path, "/");
  } catch (error) {
    throw error instanceof BadPath ? new TypeError(`requireFile: ${error.message}`) : error;
  }
  asked?.add(path);
  return `${folder ?? Deno.cwd()}/${path}`;
}

/** Loads a module, and returns with it the files that it required. Modules are loaded one at a time. */
export function notingFiles<T>(inputPath: string, load: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const loaded = earlierLoads.then(async () => {
    const files = asked = new Set<string>();
    folder = inputPath;
    try {
      return [await load(), [...files]] as const;
    } finally {
      asked = undefined;
    }
  });
  earlierLoads = loaded.catch(() => {});
  return loaded;
}

/**
 * The first of the required files that is not in the input path, as the error to report; `undefined`: all are there.
 */
export function findMissing(files: readonly string[] | undefined, inputPath: string): MissingFile | undefined {
  for (const path of files ?? []) {
    let reason = "It is a folder in the input path";
    try {
      if (Deno.statSync(resolveInput(path, inputPath).absolute).isFile) continue;
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      reason = error.message;
    }
    return new MissingFile(`the required file ${path}: ${reason} (${inputPath})`);
  }
  return undefined;
}
