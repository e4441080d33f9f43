import { isTemporary } from "../../storage/local.ts";
import { isUri } from "../../uri.ts";
import { isPart, PREFIX, runListedAs } from "./names.ts";

/** Milliseconds: a file that was changed more recently than this may still be in use. */
export const OLD = 86_400_000;

/**
 * Removes what servers that were killed while they wrote have left in a local output path: old temporary files, and, of
 * runs that do not exist, old files and entries in the list of runs.
 */
export async function removeLitter(outputPath: string): Promise<void> {
  if (isUri(outputPath)) return;
  const own = `${outputPath}/.tesseract`;
  for (const folder of [own, `${own}/runs`, `${own}/servers`]) await removeOld(folder, isTemporary);
  for (const name of await namesIn(`${own}/runs`)) {
    const run = runListedAs(name);
    if (run === undefined || await isThere(`${outputPath}/${PREFIX}${run.run_id}/run.json`)) continue;
    await removeIfOld(`${own}/runs/${name}`);
  }
  for (const name of await namesIn(outputPath)) {
    const folder = `${outputPath}/${name}`;
    if (!name.startsWith(PREFIX) || !await isFolder(folder)) continue;
    const isRun = await isThere(`${folder}/run.json`);
    const isRemoved = await removeOld(folder, (name) => isTemporary(name) || !isRun && isPart(name));
    if (isRemoved) await removeIfEmpty(folder);
  }
}

/** Removes a folder if it is empty. */
export async function removeIfEmpty(folder: string): Promise<void> {
  // `Deno.remove` would also remove a link or a file of this name.
  if (await isFolder(folder)) await Deno.remove(folder).catch(() => {});
}

async function removeOld(folder: string, isLitter: (name: string) => boolean): Promise<boolean> {
  let isRemoved = false;
  for (const name of await namesIn(folder)) {
    if (isLitter(name) && await removeIfOld(`${folder}/${name}`)) isRemoved = true;
  }
  return isRemoved;
}

async function removeIfOld(path: string): Promise<boolean> {
  try {
    const { isFile, mtime } = await Deno.lstat(path);
    if (!isFile || mtime === null || Date.now() - mtime.getTime() < OLD) return false;
    await Deno.remove(path);
    return true;
  } catch {
    // Another server has removed it, or it is tried again the next time.
    return false;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

const isThere = (path: string): Promise<boolean> => Deno.lstat(path).then(() => true, () => false);
const isFolder = (path: string): Promise<boolean> =>
  Deno.lstat(path).then(({ isDirectory }) => isDirectory, () => false);
