/**
 * The modules of a user, in the compiled program: its run-time knows neither TypeScript on disk nor packages beside it.
 *
 * Each module is rewritten into a file in memory, and these files import each other. So it is the engine that links and
 * runs them, with all that modules can do: cycles, live bindings, `await` at the top level. What would be different is
 * made good: specifiers, `import.meta`, `import()`, and the places in stacks.
 * @module
 */
import { filePath, fileUrl } from "../file_url.ts";
import { LINKED, type LinkedModule } from "./linked_module.ts";
import { makeMemoryFile } from "./memory_file.ts";
import { findInPackages, requireFile } from "./packages.ts";
import { notFound, type Place, placeOf } from "./place.ts";
import { LOAD, rewriteImports } from "./rewrite_imports.ts";
import { stripTypes } from "./strip_types.ts";

/** Which module asks, and where. */
interface Importer {
  readonly url: string;
  readonly place?: () => Place;
}

const CODE = /\.m?[jt]s$/;
const TYPESCRIPT = /\.m?ts$/;

const byUrl = new Map<string, LinkedModule>();

/** The URL to import in the place of a specifier. Reads, rewrites and checks all that is imported by it. */
export function link(specifier: string, importer: Importer): string {
  const target = resolve(specifier, importer);
  return typeof target === "string" ? target : target.memory.url;
}

/** What a specifier means: a module of the user's, or what the run-time knows itself. */
function resolve(specifier: string, importer: Importer): LinkedModule | string {
  if (/^(?:\.{0,2}\/|file:)/.test(specifier)) {
    const url = new URL(specifier, importer.url).href;
    return CODE.test(new URL(url).pathname) ? linkFile(url, specifier, importer) : checkExists(url, importer);
  }
  const known = [specifier, specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?/, "$1")].find(isKnown);
  if (known !== undefined) return known;
  const file = findInPackages(specifier, filePath(importer.url));
  if (file === undefined) throw missing(`Import "${specifier}" not a dependency`, importer);
  const url = fileUrl(file.path);
  return file.isCommonJs ? linkCommonJs(url, specifier) : linkFile(url, specifier, importer);
}

/** Does the run-time find it, built in or embedded? */
function isKnown(specifier: string): boolean {
  try {
    return import.meta.resolve(specifier) !== "";
  } catch {
    return false;
  }
}

function checkExists(url: string, importer: Importer): string {
  try {
    Deno.statSync(filePath(url));
    return url;
  } catch {
    throw missing(`Module not found "${url}".`, importer);
  }
}

function missing(message: string, { url, place }: Importer): TypeError {
  return place ? notFound(message, url, place()) : new TypeError(message);
}

function linkFile(url: string, specifier: string, importer: Importer): LinkedModule {
  checkExists(url, importer);
  return linkText(url, specifier, () => Deno.readTextFileSync(filePath(url)));
}

/** A module that exports what a CommonJS file does. */
function linkCommonJs(url: string, specifier: string): LinkedModule {
  return linkText(url, specifier, () => {
    const exports = requireFile(filePath(url));
    const names = exports === null || exports === undefined ? [] : Object.keys(exports);
    return [
      `import { requireFile } from ${JSON.stringify(import.meta.resolve("./packages.ts"))};`,
      `const exports = requireFile(${JSON.stringify(filePath(url))});`,
      "export default exports;",
      ...names.filter((name) => name !== "default").map((name, i) =>
        `const _${i} = exports[${JSON.stringify(name)}]; export { _${i} as ${JSON.stringify(name)} };`
      ),
    ].join("\n");
  });
}

function linkText(url: string, specifier: string, read: () => string): LinkedModule {
  const known = byUrl.get(url);
  if (known !== undefined) return known;
  const memory = makeMemoryFile();
  const module: LinkedModule = { url, specifier, memory, originOf: (place) => place };
  // Now, for those that it imports may import it.
  byUrl.set(url, module);
  LINKED.set(memory.name, module);
  try {
    memory.write(rewrite(module, read()));
  } catch (error) {
    byUrl.delete(url);
    throw error;
  }
  return module;
}

function rewrite(module: LinkedModule, source: string): string {
  const { url, memory } = module;
  const { code, originOf } = TYPESCRIPT.test(new URL(url).pathname)
    ? stripTypes(source, url)
    : { code: source, originOf: (place: Place) => place };
  const target = (specifier: string, offset: number) => {
    const found = resolve(specifier, { url, place: () => originOf(placeOf(code, offset)) });
    return typeof found === "string" ? found : `./${found.memory.name}`;
  };
  const prelude = `import { adopt as $adopt } from ${JSON.stringify(import.meta.resolve("./import_linked.ts"))}; ` +
    `const ${LOAD} = $adopt(import.meta, "${memory.name}"); `;
  const rewritten = rewriteImports(code, target, prelude);
  module.originOf = ({ line, column }) =>
    originOf({ line, column: line === 1 ? Math.max(1, column - rewritten.shift) : column });
  return rewritten.code;
}
