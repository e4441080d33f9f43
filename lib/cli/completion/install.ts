import { messageOf, UsageError } from "../errors.ts";
import { writeAll } from "../io/io.ts";
import { folderOf } from "../../storage/location.ts";
import type { InstalledFiles } from "./installed_files.ts";

/** Ends each line that is added to a file of the user, so that it can be found and removed. */
const MARK = " # tesseract-runtime completion";

/**
 * Installs a script into the user's own files. Writes only what changes, and returns the names of those files. An empty
 * script is removed, with our lines in the startup file; a startup file that had only ours goes, too.
 */
export async function install({ script, startup }: InstalledFiles, text: string): Promise<string[]> {
  const edits: [file: string, edit: (before: string) => string][] = [[script, () => text]];
  // The startup file first: if one of them is not writable, it is probably this one.
  if (startup) edits.unshift([startup.file, (before) => withLines(before, text === "" ? [] : startup.lines)]);
  const changed: string[] = [];
  for (const [file, edit] of edits) {
    const before = await read(file);
    const after = edit(before);
    if (after === before) continue;
    if (after === "") await attempt("removed", file, () => Deno.remove(file));
    else await attempt("written", file, () => write(file, after));
    changed.push(file);
  }
  return changed;
}

/**
 * A startup file with these lines of ours in place of all earlier ones. If they are there already, the text stays as it
 * is; otherwise they go to the end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const installed = withLines("alias l=ls\n", ["one"]);
 * assert.equal(installed, "alias l=ls\none # tesseract-runtime completion\n");
 * assert.equal(withLines(installed, ["one"]), installed);
 * assert.equal(withLines(installed, []), "alias l=ls\n");
 * ```
 */
export function withLines(text: string, lines: readonly string[]): string {
  const ours = lines.map((line) => `${line}${MARK}\n`).join("");
  const all = text.split(/(?<=\n)/);
  if (all.filter(isOurs).join("") === ours) return text;
  const others = all.filter((line) => !isOurs(line)).join("");
  return others + (others === "" || others.endsWith("\n") ? "" : "\n") + ours;
}

function isOurs(line: string): boolean {
  return line.trimEnd().endsWith(MARK);
}

async function read(path: string): Promise<string> {
  return await attempt("read", path, () =>
    Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }));
}

/** Writes in place, because such files are often symbolic links into a repository, with permissions of their own. */
async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(folderOf(path), { recursive: true, mode: 0o755 });
  // Truncated only after writing, so that a full disk does not lose the old content.
  using file = await Deno.open(path, { write: true, create: true });
  const bytes = new TextEncoder().encode(text);
  writeAll(file, bytes);
  await file.truncate(bytes.length);
}

/** Does something with a file of the user. Throws a `UsageError` where that fails. */
async function attempt<T>(what: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // Only the reason in Deno's message, such as `Permission denied (os error 13): open '/home/me/.bashrc'`.
    const reason = messageOf(error).replace(/ \(os error \d+\).*$/s, "").toLowerCase();
    throw new UsageError(`${path} cannot be ${what}: ${reason}`);
  }
}
