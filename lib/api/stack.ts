/**
 * Errors of user code for their author: without the stack frames of this program, Deno and packages.
 * @module
 */
import { filePath } from "./file_url.ts";

/** A stack frame in a file of the user. */
interface UserFrame {
  /** The name of the function, if it has one. */
  readonly name: string | undefined;
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const ROOT = new URL("../../", import.meta.url).href;

/** The files of this program, as it is compiled too; `examples` and tests beside them are users' files. */
const RUNTIME = ["lib/", "mod.ts", "client.ts", "cli.ts", "main.ts", "packages/"].map((path) => ROOT + path);

/** A folder of packages: `node_modules`, or Deno's cache, where `npm/<host>/<name>/<version>` is a package. */
const PACKAGES = /[/_]node_modules\/|\/npm\/[^/]+\/(?:@[^/]+\/)?[^/]+\/\d+\.\d+\.\d+[^/]*\//;

const FRAME = /^\s*at (?:(.*?) \()?(?:async )?(file:\/\/\/.*?):(\d+):(\d+)\)?$/;

/**
 * What was thrown, in words for the author of `moduleFile`: the class, the message, and the frames that are in files
 * of the user's own; then the same for its causes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { userFrames } from "./stack.ts";
 *
 * const error = new RangeError("no convergence");
 * error.stack = `RangeError: no convergence
 *     at solve (file:///home/me/solver.ts:12:5)
 *     at answer (ext:core/01_core.js:1:1)`;
 * assert.equal(
 *   userFrames(error, "/home/me/tesseract_api.ts"),
 *   "RangeError: no convergence\n    at solve (/home/me/solver.ts:12:5)",
 * );
 * ```
 */
export function userFrames(error: unknown, moduleFile: string): string {
  const framesIn = (thrown: unknown) => framesOf(thrown, moduleFile).map(formatFrame);
  const lines = [describeThrown(error), ...framesIn(error)];
  const seen = new Set([error]);
  for (let thrown = causeOf(error); thrown !== undefined && !seen.has(thrown); thrown = causeOf(thrown)) {
    lines.push(`Caused by: ${thrown instanceof Error ? describeThrown(thrown) : inspect(thrown)}`, ...framesIn(thrown));
    seen.add(thrown);
  }
  return lines.join("\n");
}

const causeOf = (thrown: unknown): unknown => thrown instanceof Error ? thrown.cause : undefined;

const inspect = (value: unknown): string => Deno.inspect(value, { colors: false });

/** What was thrown, in words: the class and the message of an error, and whatever else as it is. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return `${inspect(thrown)} was thrown, which is no Error: throw new Error("…"), which tells the line, too`;
  }
  return thrown.message === "" ? nameOf(thrown) : `${nameOf(thrown)}: ${thrown.message}`;
}

/** The name of an error: of its class, if the class has none of its own, which most authors forget. */
function nameOf({ name, constructor }: Error): string {
  return /^(Eval|Range|Reference|Syntax|Type|URI|Aggregate)?Error$/.test(name) && constructor.name !== ""
    ? constructor.name
    : name;
}

/** The frames of an error that are in files of the user's own, the innermost first. */
export function framesOf(error: unknown, moduleFile: string): UserFrame[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  // The stack begins with the message, which may look like frames itself.
  const start = error.stack.indexOf(error.message);
  const frames: UserFrame[] = [];
  for (const line of error.stack.slice(start < 0 ? 0 : start + error.message.length).split("\n")) {
    const match = FRAME.exec(line);
    if (match && isUsers(match[2]!, moduleFile)) {
      frames.push({ name: match[1], file: filePath(match[2]!), line: Number(match[3]), column: Number(match[4]) });
    }
  }
  return frames;
}

/** Is it a file of this program? */
export function isOwn(url: string): boolean {
  return RUNTIME.some((place) => url.startsWith(place));
}

function isUsers(url: string, moduleFile: string): boolean {
  if (isOwn(url)) return false;
  // The user's own folder may itself be inside a folder of packages.
  const path = filePath(url);
  const folder = moduleFile.slice(0, moduleFile.lastIndexOf("/") + 1);
  return !PACKAGES.test(path.startsWith(folder) ? path.slice(folder.length - 1) : path);
}

function formatFrame({ name, file, line, column }: UserFrame): string {
  const place = `${file}:${line}:${column}`;
  return `    at ${name === undefined ? place : `${name} (${place})`}`;
}
