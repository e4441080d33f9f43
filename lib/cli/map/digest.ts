/**
 * The digest of all that a result depends on: payload, module, endpoint and format. It tells whether a result is
 * current.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { concat } from "../../formats/chunks.ts";
import { SMALL_BODY } from "../../http/limits.ts";
import type { Chunks } from "../../storage/backend.ts";
import { absolutePath, folderOf } from "../../storage/location.ts";

/** How many hexadecimal digits of a digest are kept: enough that no two results share one. */
const DIGITS = 32;

/** A relative path in quotation marks: of an import, or of a file beside the module (`new URL("table.txt", …)`). */
const RELATIVE = /["'`](\.{1,2}\/[^"'`\n]+)["'`]|new URL\(\s*["'`]([^"'`\n]+)["'`]/g;
const CODE = /\.(?:[cm]?[jt]s|json)$/;

/**
 * The digest of a module: of its file, of the local files that it names by relative paths (imports and others), and of
 * those that these name. A file that is named but not used does no harm. A file whose path is computed is not found.
 */
export async function digestOfModule(file: string): Promise<string> {
  const hash = createHash("sha256");
  const seen = new Set([file]);
  for (const path of seen) {
    const bytes = await Deno.readFile(path);
    hash.update(`${bytes.length}\n`).update(bytes);
    if (!CODE.test(path)) continue;
    for (const [, name, beside] of new TextDecoder().decode(bytes).matchAll(RELATIVE)) {
      const named = absolutePath((name ?? beside)!, folderOf(path));
      if (await isFile(named)) seen.add(named);
    }
  }
  return hash.digest("hex");
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

/** A payload that was read once. */
export interface Digested {
  readonly digest: string;
  /** The whole payload, if it is small. */
  readonly bytes: Uint8Array | undefined;
}

/** Reads a payload, and computes the digest of it and of `others`, which are all else that its result depends on. */
export async function digestOf(chunks: Chunks, ...others: readonly string[]): Promise<Digested> {
  const hash: Hash = createHash("sha256").update(JSON.stringify(others));
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= SMALL_BODY) parts.push(chunk);
    else parts = [];
  }
  return { digest: hash.digest("hex").slice(0, DIGITS), bytes: size <= SMALL_BODY ? concat(parts) : undefined };
}
