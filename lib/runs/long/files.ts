/**
 * Reading the small files of long runs, which users may have changed or replaced by something else.
 * @module
 */
import { isLink } from "../../storage/local.ts";
import { folderOf } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { StorageError, stream } from "../../storage/storage.ts";

/** Nothing that this program writes there is larger, in bytes. */
const LARGEST = 1 << 20;

/**
 * The text of a file; `undefined` if there is none. Anything else at this place (a folder, a pipe, a file that is too
 * large or may not be read) counts as an empty file, which this program never writes.
 */
export async function readText(location: string): Promise<string | undefined> {
  await refuseLinks(location);
  if (await isUnreadable(location)) return "";
  const decoder = new TextDecoder();
  let text = "", size = 0;
  try {
    for await (const chunk of await stream(location)) {
      if ((size += chunk.length) > LARGEST) return "";
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof StorageError && error.kind === "not-found") return undefined;
    // A remote store may deny access for now (expired credentials): that is an error. A local file does so for good.
    if (error instanceof StorageError && error.kind === "denied" && !isUri(location)) return "";
    throw error;
  }
  return text + decoder.decode();
}

/** Throws if a local file, or the folder that it lies in, is a symbolic link: that may lead anywhere. */
export async function refuseLinks(location: string): Promise<void> {
  if (isUri(location)) return;
  for (const path of [folderOf(location), location]) {
    if (await isLink(path)) throw new StorageError("refused", location, "it is, or lies in, a symbolic link");
  }
}

/** Is there something local that is not a regular file? Opening a pipe would block until somebody writes to it. */
export async function isUnreadable(location: string): Promise<boolean> {
  if (isUri(location)) return false;
  return await Deno.lstat(location).then(({ isFile }) => !isFile, () => false);
}
