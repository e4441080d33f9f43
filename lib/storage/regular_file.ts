/**
 * Checks before opening a local path in a folder that others can write to: there may be anything.
 * @module
 */

/**
 * Why a local path must not be opened as a file, to be written after its name; `undefined` for a regular file, or if
 * nothing is there. Opening a pipe would wait for its other end, and a symbolic link may lead anywhere.
 */
export function whyNoFile(path: string): "is a symbolic link" | "is not a file" | undefined {
  try {
    const { isFile, isSymlink } = Deno.lstatSync(path);
    return isFile ? undefined : isSymlink ? "is a symbolic link" : "is not a file";
  } catch {
    return undefined; // Nothing is there.
  }
}

/** Is there anything at a local path? */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
