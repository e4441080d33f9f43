/**
 * Paths of files in payloads and results: finds the files, and refuses paths that leave the allowed folder.
 * @module
 */
import { cut } from "../message_text.ts";
import { isUri } from "../uri.ts";
import { type Node, partsOf } from "./node.ts";

/** Where the files of a call are: absolute local folders, or URIs; with URIs no path of a file is accepted. */
export interface FilePlaces {
  /** Input files lie in it. */
  readonly inputPath: string;
  /** The folder of the call: what user code gives is relative to it. */
  readonly outputPath: string;
  /** Output files lie in it, and what is sent is relative to it. It is the folder of the call, or contains it. */
  readonly outputBase: string;
}

/** A file or folder that exists. */
interface LocatedFile {
  readonly absolute: string;
  /** From the input path, or the output path. */
  readonly relative: string;
}

/** A path that cannot be used, with the reason. Messages about input paths are sent to clients. */
export class BadPath extends Error {
  override name = "BadPath";
}

const ONLY_LOCAL = {
  input: "Input files work with local paths only, and the input path is a URL",
  output: "Output files work with local paths only, and the output path is a URL",
} as const;

/** Throws `BadPath` if every value of the schema contains the path of a file, and `folder` is a URI. */
export function checkPlace(schema: Node, side: keyof typeof ONLY_LOCAL, folder: string): void {
  if (isUri(folder) && needsFile(schema)) throw new BadPath(ONLY_LOCAL[side]);
}

function needsFile(node: Node): boolean {
  if (node.kind === "union") return node.options.every(needsFile);
  return node.kind === "path" || partsOf(node).some(needsFile);
}

/**
 * The input file or folder that a relative path names, symbolic links followed. Throws `BadPath` unless it exists and
 * is inside the input path. `fromUserCode`: the path comes from user code, so it may be absolute.
 */
export function resolveInput(path: string, folder: string, fromUserCode = false): LocatedFile {
  const relative = fromUserCode && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  checkRelative(relative, folder);
  const found = findIn(folder, `${folder}/${relative}`);
  // A client must not learn what lies outside, not even whether a link leads to anything.
  if (found === undefined || found === "outside") {
    throw new BadPath(`There is no file or folder ${shown(path)} inside the input path`);
  }
  return found;
}

/** Throws `BadPath` unless the path, as it is written, stays inside the input path. The file need not exist. */
export function checkRelative(path: string, folder: string): void {
  if (isUri(folder)) throw new BadPath(ONLY_LOCAL.input);
  checkLocal(path, "input");
  if (path.startsWith("/")) {
    throw new BadPath(`${shown(path)} is an absolute path; expected one relative to the input path`);
  }
  if (path.split("/").includes("..")) {
    throw new BadPath(`The path ${shown(path)} may leave the input path: '..' is not allowed in it`);
  }
}

/** The output file or folder that user code names. Throws `BadPath` unless it exists and is inside the output path. */
export function resolveOutput(path: string, { outputPath, outputBase }: FilePlaces): LocatedFile {
  if (isUri(outputBase)) throw new BadPath(ONLY_LOCAL.output);
  checkLocal(path, "output");
  const isAbsolute = path.startsWith("/");
  const found = findIn(outputBase, isAbsolute ? path : `${outputPath}/${path}`);
  if (found === undefined) {
    throw new BadPath(`There is no file or folder ${shown(path)}${isAbsolute ? "" : ` in ${outputPath}`}`);
  }
  if (found === "outside") {
    throw new BadPath(`${shown(path)} is not in the output path, ${outputBase}: write the output files there`);
  }
  return found;
}

function checkLocal(path: string, side: "input" | "output"): void {
  if (isUri(path)) throw new BadPath(`${shown(path)} is a URL; ${side} files work with local paths only`);
  if (path === "" || path.includes("\0")) throw new BadPath("Expected the path of a file or folder");
}

/**
 * What an absolute path names, if it is in the folder. `undefined`: it does not exist, cannot be accessed, or is neither
 * a file nor a folder: user code that opens a named pipe would wait forever.
 */
function findIn(folder: string, path: string): LocatedFile | "outside" | undefined {
  let real, root, found;
  try {
    real = Deno.realPathSync(path);
    root = Deno.realPathSync(folder);
    found = Deno.statSync(real);
  } catch {
    return undefined;
  }
  if (real === root) return { absolute: folder, relative: "." };
  const start = root === "/" ? root : `${root}/`;
  if (!real.startsWith(start)) return "outside";
  if (!found.isFile && !found.isDirectory) return undefined;
  const relative = real.slice(start.length);
  return { absolute: `${folder === "/" ? "" : folder}/${relative}`, relative };
}

function shown(path: string): string {
  return `'${cut(path, 200)}'`;
}
