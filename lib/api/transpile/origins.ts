/**
 * Replaces the names of files in memory by those of the user's files, in stacks and messages.
 * @module
 */
import { LINKED } from "./linked_module.ts";

/** A position in a file in memory: `file:///proc/self/fd/12:3:4`. */
const PLACE = /file:\/\/\/[^\s"']*?\/(\d+):(\d+):(\d+)/g;
/** The same without line and column. */
const FILE = /file:\/\/\/[^\s"':]*?\/(\d+)(?=["'\s]|$)/g;
/** Its specifier, as in "The requested module './12' does not provide …". */
const REQUEST = /'\.\/(\d+)'/g;

/** The text with the user's files in the place of those in memory. */
export function withOrigins(text: string): string {
  return text.replace(PLACE, (all, name, line, column) => {
    const module = LINKED.get(name);
    if (!all.startsWith(`${module?.memory.url}:`)) return all;
    const origin = module!.originOf({ line: Number(line), column: Number(column) });
    return `${module!.url}:${origin.line}:${origin.column}`;
  }).replace(FILE, (all, name) => LINKED.get(name)?.memory.url === all ? LINKED.get(name)!.url : all).replace(
    REQUEST,
    (all, name) => LINKED.has(name) ? `'${LINKED.get(name)!.specifier}'` : all,
  );
}

/** From now on all stacks name the user's files. Nothing else in them changes. */
export function traceOrigins(): void {
  Error.prepareStackTrace ??= (error, frames) =>
    [headOf(error), ...frames.map((frame) => `    at ${withOrigins(withUrl(frame))}`)].join("\n");
}

/** The text of a frame, with its file as a URL: in stacks that are made here Deno shows paths, as Node does. */
function withUrl(frame: CallSite): string {
  const text = String(frame);
  const [path, url] = [frame.getFileName(), frame.getScriptNameOrSourceURL()];
  return path && url?.startsWith("file:") && !text.includes(url) ? text.replace(path, () => url) : text;
}

interface CallSite {
  getFileName(): string | null | undefined;
  getScriptNameOrSourceURL(): string | null | undefined;
}

function headOf(error: unknown): string {
  try {
    return String(Error.prototype.toString.call(error));
  } catch {
    return "Error"; // A getter of the user's threw.
  }
}
