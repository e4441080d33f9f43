/**
 * What a payload may refer to: on the command line every file, in an HTTP request only files inside the input path, and
 * below the prefixes that the operator allowed.
 * @module
 */
import type { MayFollow, Source } from "./backend.ts";
import { StorageError } from "./error.ts";
import { withOpenPath } from "./open_path.ts";
import { isLink, openFile, realPath } from "./local.ts";
import { absolutePath, isInside, join, parseUrl } from "./location.ts";
import { isUri, schemeOf } from "../uri.ts";
import { open } from "./storage.ts";

/** Where references in a payload start, and how far they reach. */
export interface InputFiles {
  /** Absolute local folder or URI that relative references start from. */
  readonly base: string;
  /**
   * `undefined`: every file may be read. A list: only what lies in `base`, and what begins with one of these prefixes,
   * absolute paths of folders or URIs.
   */
  readonly allowed?: readonly string[] | undefined;
}

/** Opens the file that a reference names. Throws a `StorageError` of kind "refused" where it may not be read. */
export async function openInput(reference: string, inputs: InputFiles): Promise<Source> {
  const { allowed } = inputs;
  const mayFollow: MayFollow | undefined = allowed &&
    (({ href }) => !climbs(href) && allowed.some((prefix) => beginsWith(href, prefix)));
  return await locateInput(
    reference,
    inputs,
    (location, path) => path === undefined ? open(location, mayFollow) : openFile(location, path),
  );
}

/**
 * Calls `use` with the location that a reference names. If a local file had to be checked for lying in certain folders,
 * `path` opens exactly the file that was checked.
 */
export async function locateInput<T>(
  reference: string,
  { base, allowed }: InputFiles,
  use: (location: string, path?: string) => Promise<T>,
): Promise<T> {
  const isAbsolute = isUri(reference) || reference.startsWith("/");
  const location = isUri(reference) ? reference : isAbsolute ? absolutePath(reference, "/") : join(base, reference);
  if (allowed === undefined) return await use(location);
  if (climbs(reference)) throw refused(location, "'..' is not allowed in it");
  if (isUri(location)) {
    if (isAbsolute && !allowed.some((prefix) => beginsWith(location, prefix))) throw refused(location, OUTSIDE);
    return await use(location);
  }
  const folders = (isAbsolute ? allowed : [base, ...allowed])
    .flatMap((folder) => isUri(folder) ? [] : absolutePath(folder, "/"));
  const folder = folders.find((folder) => isInside(location, folder));
  if (folder === undefined) throw refused(location, OUTSIDE);
  try {
    return await withOpenPath(location, async ({ real, path }) => {
      if (!await isInOneOf(folders, real)) throw refused(location, OUTSIDE);
      return await use(location, path);
    });
  } catch (error) {
    if (await linksOut(location, folder, folders)) throw refused(location, OUTSIDE);
    throw error;
  }
}

async function isInOneOf(folders: readonly string[], real: string): Promise<boolean> {
  for (const folder of folders) {
    const realFolder = await realPath(folder).catch(() => undefined);
    if (realFolder !== undefined && isInside(real, realFolder)) return true;
  }
  return false;
}

/**
 * Does a path that cannot be opened lead outside through a symbolic link? Then the answer must not say why it cannot be
 * opened. Checks from the folder downwards, and stops at the first part that does not exist: a request may contain
 * paths of any length.
 */
async function linksOut(location: string, folder: string, folders: readonly string[]): Promise<boolean> {
  let isOutside = false;
  for (let end = folder === "/" ? 0 : folder.length; end < location.length;) {
    const next = location.indexOf("/", end + 1);
    end = next === -1 ? location.length : next;
    const part = location.slice(0, end);
    const real = await realPath(part).catch(() => undefined);
    if (real === undefined) return isOutside || await isLink(part);
    isOutside = !await isInOneOf(folders, real);
  }
  return isOutside;
}

const OUTSIDE = "only files inside the input path may be read";

function refused(location: string, reason: string): StorageError {
  return new StorageError("refused", location, reason);
}

/** Does it contain "..", also percent-encoded or between backslashes? */
function climbs(reference: string): boolean {
  return reference.replace(/%2e/gi, ".").replace(/%(?:2f|5c)/gi, "/").split(/[/\\]/).includes("..");
}

/** Does a URI begin with a prefix? The prefix `s3://bucket` does not allow `s3://bucket-2`. */
function beginsWith(uri: string, prefix: string): boolean {
  if (schemeOf(uri) !== schemeOf(prefix)) return false;
  return normalized(uri).startsWith(normalized(prefix));
}

function normalized(uri: string): string {
  const scheme = schemeOf(uri);
  if (scheme === "http" || scheme === "https") return parseUrl(uri).href;
  const known = uri.replace(/^[^:]+/, `${scheme}`);
  return /^[^:]+:\/\/[^/]+$/.test(known) ? `${known}/` : known;
}
