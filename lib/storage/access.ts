/**
 * What a payload may refer to: on the command line everything, in a request from elsewhere only what lies in the input
 * path, or where the operator said.
 * @module
 */
import { StorageError } from "./error.ts";
import { absolutePath, folderOf, isInside, isUri, join, parseUrl, schemeOf } from "./location.ts";
import { isLink, realPath } from "./local.ts";
import type { MayFollow, Source } from "./backend.ts";
import { exists, open } from "./storage.ts";

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

/** Opens the file that a reference names. */
export async function openInput(reference: string, inputs: InputFiles): Promise<Source> {
  const { allowed } = inputs;
  const mayFollow: MayFollow | undefined = allowed &&
    (({ href }) => !climbs(href) && allowed.some((prefix) => beginsWith(href, prefix)));
  return await open(await locateInput(reference, inputs), mayFollow);
}

/** The location that a reference names. Throws a `StorageError` of kind "refused" where it may not be read. */
export async function locateInput(reference: string, { base, allowed }: InputFiles): Promise<string> {
  const isAbsolute = isUri(reference) || reference.startsWith("/");
  const location = isUri(reference) ? reference : isAbsolute ? absolutePath(reference, "/") : join(base, reference);
  if (allowed === undefined) return location;
  if (climbs(reference)) throw refused(location, "'..' is not allowed in it");
  if (isUri(location)) {
    if (isAbsolute && !allowed.some((prefix) => beginsWith(location, prefix))) throw refused(location, OUTSIDE);
    return location;
  }
  // Where the path itself leads out, nobody needs to know what is there.
  const folders = (isAbsolute ? allowed : [base, ...allowed])
    .flatMap((folder) => isUri(folder) ? [] : absolutePath(folder, "/"));
  if (!folders.some((folder) => isInside(location, folder))) throw refused(location, OUTSIDE);
  try {
    const real = await realPath(location);
    if (await leadsInto(folders, real)) return real;
  } catch (error) {
    if (!await linksOut(location, folders)) throw error;
  }
  throw refused(location, OUTSIDE);
}

async function leadsInto(folders: readonly string[], real: string): Promise<boolean> {
  for (const folder of folders) {
    if (await exists(folder) && isInside(real, await realPath(folder))) return true;
  }
  return false;
}

/** Does the path of something that is not there lead out by a link, to where nobody needs to know of that either? */
async function linksOut(location: string, folders: readonly string[]): Promise<boolean> {
  const isBelow = (path: string) => folders.some((folder) => path !== folder && isInside(path, folder));
  for (let path = location; isBelow(path); path = folderOf(path)) {
    const real = await realPath(path).catch(() => undefined);
    if (real !== undefined) return !await leadsInto(folders, real);
    if (await isLink(path)) return true;
  }
  return false;
}

const OUTSIDE = "only files inside the input path may be read";

function refused(location: string, reason: string): StorageError {
  return new StorageError("refused", location, reason);
}

/** Does it go up a folder, in whatever way it is written? */
function climbs(reference: string): boolean {
  return reference.replace(/%2e/gi, ".").replace(/%(?:2f|5c)/gi, "/").split(/[/\\]/).includes("..");
}

/** Does a URI begin with a prefix? A prefix that is only a host or a bucket ends there. */
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
