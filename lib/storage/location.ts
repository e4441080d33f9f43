/**
 * Locations: absolute local paths, `http(s)://` and `s3://`. (`node:path` costs 15 ms of start-up.)
 * @module
 */
import { schemeOf } from "../uri.ts";
import { StorageError } from "./error.ts";

/** The path from the root, without `.`, `..` and doubled slashes. */
export function absolutePath(path: string, folder: string): string {
  return `/${segments(path.startsWith("/") ? path : `${folder}/${path}`).join("/")}`;
}

/** The folder of a file, given by its absolute path or URI. A URL's query and fragment are dropped. */
export function folderOf(location: string): string {
  const scheme = schemeOf(location);
  if (scheme === "http" || scheme === "https") {
    const url = parseUrl(location);
    url.search = url.hash = "";
    location = url.href;
  }
  const folder = location.slice(0, location.lastIndexOf("/"));
  // In a bucket, `a/` and `a` are different folders. `join` drops one slash at the end of a folder, so add one here.
  return scheme === "s3" && folder.endsWith("/") ? `${folder}/` : folder || "/";
}

/** Does the path lie in the folder, or is it the folder itself? Both are absolute. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}

function segments(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/**
 * The location of a file relative to a folder. `relative` is a file name, not a part of a URL: none of its characters
 * is an escape or begins a query. In a bucket, doubled slashes are part of the name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(join("/data/in", "./a/../b.bin"), "/data/in/b.bin");
 * assert.equal(join("s3://bucket/in", "run 1/a+b.bin"), "s3://bucket/in/run 1/a+b.bin");
 * assert.equal(join("https://host/in?key=1", "a+b#1.bin"), "https://host/in/a%2Bb%231.bin?key=1");
 * ```
 */
export function join(base: string, relative: string): string {
  switch (schemeOf(base)) {
    case undefined:
      return absolutePath(relative, base);
    case "s3": {
      const { bucket, key } = parseS3(base);
      const parts = key === "" ? [] : key.replace(/\/$/, "").split("/");
      for (const part of relative.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== ".") parts.push(part);
      }
      return `s3://${bucket}/${parts.join("/")}`;
    }
    default: {
      const url = parseUrl(base);
      const parts = segments(`${url.pathname}/${relative.split("/").map((part) => encode(base, part)).join("/")}`);
      url.pathname = `/${parts.join("/")}`;
      return url.href;
    }
  }
}

/** Splits `s3://bucket/key`. The key is not percent-encoded. */
export function parseS3(location: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ""] = /^s3:\/\/([a-z0-9._-]+)(?:\/(.*))?$/is.exec(location) ?? [];
  if (bucket === undefined) throw new StorageError("failed", location, "expected s3://BUCKET/KEY");
  return { bucket, key };
}

function encode(location: string, part: string): string {
  if (!part.isWellFormed()) throw new StorageError("failed", location, "the name is not valid Unicode");
  return encodeURIComponent(part);
}

/** The location as a URL. Throws a `StorageError` if it is not a valid one. */
export function parseUrl(location: string): URL {
  if (!URL.canParse(location)) throw new StorageError("failed", location, "this is not a valid URL");
  return new URL(location);
}
