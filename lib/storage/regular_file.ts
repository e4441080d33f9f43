/**
 * What lies at a local path that is about to be opened, and may be anything: whoever may write to the folder put it there.
 * @module
 */

/**
 * Why a local path must not be opened as a file, in words to follow its name; `undefined`: a file lies there, or nothing.
 * To open a pipe waits for whoever is at its other end, and a symbolic link may lead anywhere.
 */
export function whyNoFile(path: string): "is a symbolic link" | "is not a file" | undefined {
  try {
    const { isFile, isSymlink } = Deno.lstatSync(path);
    return isFile ? undefined : isSymlink ? "is a symbolic link" : "is not a file";
  } catch {
    return undefined; // Nothing is there.
  }
}
