import { importLater } from "../import_later.ts";
import { filePath, fileUrl } from "./file_url.ts";
import { BrokenModule, type ModuleFault } from "./module_fault.ts";
import { packageOf } from "./package_name.ts";
import { framesOf, userFrames } from "./stack.ts";
import { suggest } from "../suggest.ts";

export type Exports = Readonly<Record<string, unknown>>;

/**
 * Imports a file. It is evaluated the first time only, however often it is asked for.
 * Throws `BrokenModule` with the one fault for which it cannot be imported.
 */
export async function importModule(path: string): Promise<{ readonly file: string; readonly exports: Exports }> {
  const url = fileUrl(path);
  const file = filePath(url);
  await checkFile(file);
  try {
    return { file, exports: await importFile(url) };
  } catch (error) {
    const fault = importFault(error, file);
    throw new BrokenModule([fault.line === undefined ? await brokenJson(error, url) ?? fault : fault]);
  }
}

/** The beginning of the URLs of embedded files; outside of a compiled program it matches none. */
const EMBEDDED = Deno.build.standalone ? new URL("../../", import.meta.url).href : "embedded:";

/** `import(…)` of a bare name, or of an expression. */
const LATE_NAME = /\bimport\s*\((?!\s*["'`](?:\.{0,2}\/|[a-z]+:|@tesseract\/runtime))/;

/** A static import of a bare name. */
const BARE_NAME = /\b(?:from|import)\s*["'](?!\.{0,2}\/|[a-z]+:|@tesseract\/runtime)([^"'\s]+)["']/g;

/** An import of one of the user's own files. */
const OWN_IMPORT = /\b(?:from|import)\s*\(?\s*["'`](\.{0,2}\/[^"'`]+\.(?:[cm]?[jt]s|json))["'`]/g;

/**
 * Imports by the run-time if possible, which is faster, else by linking (transpile/link.ts). The run-time reports an
 * unknown bare name in a static import before it evaluates anything, so linking can start over. The other cases would
 * fail too late, or import the wrong package: `needsLinking` searches for them first.
 */
async function importFile(url: string): Promise<Exports> {
  if (url.startsWith(EMBEDDED)) return await import(url);
  if (!Deno.build.standalone && !await needsLinking(url)) {
    try {
      return await import(url);
    } catch (error) {
      if (!(error instanceof TypeError && bareNameIn(error.message))) throw error;
    }
  }
  const { importLinked } = await importLater<typeof import("./transpile/import_linked.ts")>(
    "api/transpile/import_linked.ts",
  );
  return await importLinked(url, url);
}

/**
 * Is there, in a module or in a file that it imports, a `LATE_NAME`, or a bare name for which the run-time would take a
 * package of this program instead of the one that the user means?
 */
async function needsLinking(url: string): Promise<boolean> {
  for await (const { path, text } of ownFiles(url)) {
    if (path.endsWith(".json")) continue;
    if (LATE_NAME.test(text)) return true;
    for (const [, name] of text.matchAll(BARE_NAME)) {
      const { hidesPackage } = await importLater<typeof import("./transpile/link.ts")>("api/transpile/link.ts");
      if (await hidesPackage(name!, fileUrl(path))) return true;
    }
  }
  return false;
}

/** A module and the user's own files that it imports. Missing ones are skipped: the import itself reports them. */
async function* ownFiles(url: string, seen = new Set<string>()): AsyncGenerator<{ path: string; text: string }> {
  if (seen.has(url)) return;
  seen.add(url);
  const path = filePath(url);
  let text;
  try {
    text = await Deno.readTextFile(path);
  } catch {
    return;
  }
  yield { path, text };
  if (path.endsWith(".json")) return;
  for (const [, imported] of text.matchAll(OWN_IMPORT)) yield* ownFiles(new URL(imported!, url).href, seen);
}

/** The JSON file that does not parse, if that is the error: the engine does not say which it is. */
async function brokenJson(error: unknown, url: string): Promise<ModuleFault | undefined> {
  if (!(error instanceof SyntaxError)) return undefined;
  for await (const { path, text } of ownFiles(url)) {
    if (!path.endsWith(".json")) continue;
    try {
      JSON.parse(text);
    } catch (fault) {
      return { file: path, message: String(fault) };
    }
  }
  return undefined;
}

async function checkFile(file: string): Promise<void> {
  let message: string | undefined;
  try {
    if ((await Deno.stat(file)).isDirectory) message = "is a directory; name the file in it that defines the Tesseract";
  } catch (error) {
    message = error instanceof Deno.errors.NotFound ? "does not exist" : `cannot be read: ${(error as Error).message}`;
  }
  if (message !== undefined) throw new BrokenModule([{ file, message }]);
}

/** Why a module cannot be imported, with the place if the error names one. */
export function importFault(error: unknown, file: string): ModuleFault {
  const failure = loadFailure(error);
  if (failure) return { file, ...failure };
  const [frame] = framesOf(error, file);
  return {
    file,
    ...frame && { file: frame.file, line: frame.line, column: frame.column },
    message: withAdvice(userFrames(error, file)),
  };
}

/**
 * Adds advice for CommonJS, which many examples on the web are written in, for libraries that are not compiled, and for
 * exports of this program that were not imported.
 */
function withAdvice(message: string): string {
  return message.replace(
    /^ReferenceError: (?:require|module|exports) is not defined.*$/m,
    (line) => `${line}; a user module is an ES module: use import and export`,
  ).replace(
    /^Error: (?:Could not open library: )+(\S+): (.*)$/m,
    "The library $1 cannot be opened: $2. Was it compiled, and for this machine?",
  ).replace(
    /^ReferenceError: (defineTesseract|array|scalar|differentiable|z|anyShape|inputPath|outputPath) is not defined.*$/m,
    (line, name) => `${line}; write import { ${name} } from "@tesseract/runtime"`,
  );
}

/** The place that Deno's message on a module ends with, sometimes twice. */
const PLACE = /\s+at (file:\/\/\/\S+):(\d+):(\d+)$/gm;

// deno-lint-ignore no-control-regex
const COLORS = /\x1b\[[0-9;]*m/g;

/** What Deno says of a module that it never evaluated: it or an import of it is missing, or does not parse. */
function loadFailure(error: unknown): Omit<ModuleFault, "file"> & { file?: string } | undefined {
  if (!(error instanceof SyntaxError || error instanceof TypeError)) return undefined;
  const text = error.message.replace(COLORS, "");
  const place = [...text.matchAll(PLACE)][0];
  if (!place && !("code" in error && error.code === "ERR_MODULE_NOT_FOUND")) return undefined;
  const message = inWords(text.replace(PLACE, "").trimEnd(), error instanceof SyntaxError);
  return place ? { file: filePath(place[1]!), line: Number(place[2]), column: Number(place[3]), message } : { message };
}

/** The name of the import that Deno does not know, if that is what it says. */
function bareNameIn(message: string): string | undefined {
  return /^(?:Import|Relative import path) "(.+?)" not /.exec(message)?.[1];
}

/** Deno's message, with advice for the author of a Tesseract instead of advice for a Deno project. */
function inWords(text: string, syntax: boolean): string {
  const bare = bareNameIn(text);
  if (bare !== undefined) {
    return `There is no import named "${bare}": neither imports of deno.json nor node_modules has it; ` +
      `install it there (npm install ${packageOf(bare)}), or import it as "npm:${packageOf(bare)}"`;
  }
  const json = /(?:JSON module without|Cannot resolve module "(?:file:\/\/)?(.+?\.json)")/.exec(text);
  if (json !== null) {
    return `${
      json[1] ?? "A JSON file"
    } is imported with { type: "json" }: import x from "./x.json" with { type: "json" }`;
  }
  const missing = /^Module not found "file:\/\/([^"]+)"/.exec(text);
  if (missing !== null) return notFoundInWords(filePath(`file://${missing[1]}`));
  const words = text.replace(/^The module's source code could not be parsed: /, "SyntaxError: ")
    .replace(/file:\/\/\/[^\s"']+/g, filePath);
  return syntax && !words.startsWith("SyntaxError: ") ? `SyntaxError: ${words}` : words;
}

/** The message for a missing file, with a similar name in its folder. (Deno advises options that we do not have.) */
function notFoundInWords(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const folder = path.slice(0, -name.length);
  let names: string[];
  try {
    names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
  } catch {
    return `Module not found "${path}"; there is no folder ${folder}`;
  }
  const meant =
    names.find((known) => /^\.(?:[cm]?[jt]s|json)$/.test(known.slice(name.length)) && known.startsWith(name)) ??
      suggest(name, names);
  return `Module not found "${path}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}
