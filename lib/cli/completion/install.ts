/**
 * Writing a completion into the user's own files, and taking it out again. A file is written only where it changes, and
 * whole or not at all.
 * @module
 */
import { UsageError } from "../errors.ts";
import { folderOf } from "../../storage/location.ts";
import type { Place } from "./places.ts";

/** Ends every line of ours in a file of the user's. */
const MARK = " # tesseract-runtime completion";

/** Installs a script, and returns the files that changed: none, if it was there already. */
export async function install({ script, startup }: Place, text: string): Promise<string[]> {
  const changed: string[] = [];
  const change = async (file: string, edit: (before: string) => string) => {
    const before = await read(file);
    const after = edit(before ?? "");
    if (after === before) return;
    await write(file, after);
    changed.push(file);
  };
  // First what is the most likely to be refused.
  if (startup !== undefined) await change(startup.file, (before) => withLines(before, startup.lines));
  await change(script, () => text);
  return changed;
}

/** Takes it out again, and returns the files that changed. What else is in them stays as it is. */
export async function uninstall({ script, startup }: Place): Promise<string[]> {
  const changed: string[] = [];
  const before = startup && await read(startup.file);
  if (startup !== undefined && before !== undefined) {
    const after = withoutLines(before);
    if (after !== before) {
      await (after === "" ? remove(startup.file) : write(startup.file, after));
      changed.push(startup.file);
    }
  }
  if (await read(script) !== undefined) {
    await remove(script);
    changed.push(script);
  }
  return changed;
}

/**
 * A startup file with these lines of ours, and no others of ours. Where they are there already, they stay where they
 * are; else they come to the end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const installed = withLines("alias l=ls\n", ["one"]);
 * assert.equal(installed, "alias l=ls\none # tesseract-runtime completion\n");
 * assert.equal(withLines(installed, ["one"]), installed);
 * assert.equal(withoutLines(installed), "alias l=ls\n");
 * ```
 */
export function withLines(text: string, lines: readonly string[]): string {
  const ours = lines.map((line) => `${line}${MARK}\n`).join("");
  const found = text.split(/(?<=\n)/).filter(isOurs).join("");
  if (found === ours) return text;
  const others = withoutLines(text);
  return others + (others === "" || others.endsWith("\n") ? "" : "\n") + ours;
}

/** A startup file without the lines of ours. */
export function withoutLines(text: string): string {
  return text.split(/(?<=\n)/).filter((line) => !isOurs(line)).join("");
}

function isOurs(line: string): boolean {
  return line.trimEnd().endsWith(MARK);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refusal("read", path, error);
  }
}

/** Follows a link, as files of settings often are one, and keeps the permissions. */
async function write(path: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    await Deno.mkdir(folderOf(path), { recursive: true, mode: 0o755 });
    const existing = await openExisting(path);
    const target = existing?.path ?? path;
    temporary = `${target}.${crypto.randomUUID()}.tmp`;
    await Deno.writeTextFile(temporary, text, { createNew: true });
    if (existing !== undefined) await Deno.chmod(temporary, existing.mode);
    await Deno.rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await Deno.remove(temporary).catch(() => {});
    throw refusal("written", path, error);
  }
}

/** The file that there is, link followed. It is opened to write: who may replace a file is not always meant to. */
async function openExisting(path: string): Promise<{ path: string; mode: number } | undefined> {
  let file;
  try {
    file = await Deno.open(path, { append: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    return { path: await Deno.realPath(path), mode: (await file.stat()).mode! & 0o777 };
  } finally {
    file.close();
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    throw refusal("removed", path, error);
  }
}

function refusal(what: string, path: string, error: unknown): UsageError {
  return new UsageError(`${path} cannot be ${what}: ${reasonOf(error)}`);
}

/** Deno says what it was called with as well: `Permission denied (os error 13): open '/home/me/.bashrc'`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "").toLowerCase();
}
