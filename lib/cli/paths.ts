/**
 * Local paths, for this program's own use. (`node:path` costs 15 ms of start-up.)
 * @module
 */
import { UsageError } from "./errors.ts";

/** The path from the root, without `.`, `..` and doubled slashes. */
export function absolutePath(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The folder that an absolute path lies in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Is it a URI, such as `s3://bucket/prefix`, and not a path? */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** A local folder that the user named, from the root. `option` names where it was named. */
export function localFolder(text: string, folder: string, option: string): string {
  if (isUri(text)) throw new UsageError(`${option}: expected a local directory, got ${text}`);
  return absolutePath(text, folder);
}
