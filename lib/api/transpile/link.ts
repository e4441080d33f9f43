/**
 * The modules of a user where the run-time cannot import them itself: a compiled program knows no TypeScript on disk,
 * and nowhere does it look up bare names in the deno.json or the node_modules beside a user's module.
 *
 * Each module is rewritten into a file in memory, and these files import each other. So it is the engine that links and
 * runs them, with all that modules can do: cycles, live bindings, `await` at the top level. What would differ is
 * corrected: specifiers, `import.meta`, `import()`, and the positions in stacks.
 * @module
 */
import { importLater } from "../../import_later.ts";
import { filePath, fileUrl } from "../file_url.ts";
import { bareName } from "../package_name.ts";
import { blankTypes } from "./blank_types.ts";
import { mapImport, OWN_NAME } from "./import_map.ts";
import { type Edition, LINKED, type LinkedModule, PLAIN } from "./linked_module.ts";
import { makeMemoryFile } from "./memory_file.ts";
import { notFound, type Position, positionOf } from "./source_position.ts";
import { LOAD, rewriteImports } from "./rewrite_imports.ts";

/** The module that imports another, and where in it the import stands. */
interface Importer {
  readonly url: string;
  readonly edition: Edition;
  readonly position?: () => Position;
}

const CODE = /\.(?:[cm]?js|m?ts)$/;
const TYPESCRIPT = /\.m?ts$/;
const MAYBE_COMMONJS = /\.cjs$|\/node_modules\/.*\.js$/;

/** Settles when the calls of `link` so far have ended. */
let earlierCalls: Promise<unknown> = Promise.resolve();

/**
 * The URL to import in the place of a specifier. Reads, rewrites and checks everything that is imported by it.
 *
 * One call at a time: a module that another call is still rewriting is known already, but its file is empty.
 */
export function link(specifier: string, importer: Importer): Promise<string> {
  const linked = earlierCalls.then(() => resolve(specifier, importer));
  earlierCalls = linked.catch(() => {});
  return linked.then((target) => typeof target === "string" ? target : target.memory.url);
}

/**
 * What a specifier means: a module of the user's, or what the run-time knows itself. A bare name is looked up in the
 * nearest deno.json, then in node_modules, then among the packages of this program or what is embedded in it.
 */
async function resolve(written: string, importer: Importer): Promise<LinkedModule | string> {
  const specifier = mapImport(written, importer.url);
  if (/^(?:\.{0,2}\/|file:)/.test(specifier)) {
    const url = new URL(specifier, importer.url).href;
    checkExists(url, importer);
    return await linkFile(url, specifier, importer.edition);
  }
  // An `npm:zod@4` is the program's zod, where that is embedded.
  const isFixed = OWN_NAME.test(specifier) || specifier.includes(":");
  const known = [specifier, bareName(specifier)].find(isKnown);
  if (isFixed && known !== undefined) return known;
  const path = (await loadPackages()).findInPackages(specifier, filePath(importer.url));
  if (path !== undefined) return await linkFile(fileUrl(path), specifier, PLAIN);
  if (known !== undefined) return known;
  throw missing(
    specifier.startsWith("npm:")
      ? `The package "${specifier}" is neither in the compiled program nor in a node_modules folder beside the module`
      : `Import "${written}" not a dependency`,
    importer,
  );
}

/**
 * Does a bare name in the user's module mean another package than this program's own of the same name, which the
 * run-time would import?
 */
export async function hidesPackage(name: string, url: string): Promise<boolean> {
  if (OWN_NAME.test(name) || !isKnown(name)) return false;
  const mapped = mapImport(name, url);
  if (mapped !== name) return !isKnown(mapped) || import.meta.resolve(mapped) !== import.meta.resolve(name);
  return (await loadPackages()).findInPackages(name, filePath(url)) !== undefined;
}

const loadPackages = () => importLater<typeof import("./packages.ts")>("api/transpile/packages.ts");

/** Does the run-time find it, built in or embedded? */
function isKnown(specifier: string): boolean {
  try {
    return import.meta.resolve(specifier) !== "";
  } catch {
    return false;
  }
}

function checkExists(url: string, importer: Importer): void {
  try {
    Deno.statSync(filePath(url));
  } catch {
    throw missing(`Module not found "${url}".`, importer);
  }
}

function missing(message: string, { url, position }: Importer): TypeError {
  return position ? notFound(message, url, position()) : new TypeError(message);
}

async function linkFile(url: string, specifier: string, edition: Edition): Promise<LinkedModule | string> {
  const path = filePath(url);
  if (!CODE.test(path)) return url; // JSON and the like
  if (MAYBE_COMMONJS.test(path)) {
    const { asModule, isCommonJs } = await loadPackages();
    if (isCommonJs(path)) return await linkText(url, specifier, PLAIN, () => asModule(path));
  }
  return await linkText(url, specifier, edition, (module) => rewrite(module, Deno.readTextFileSync(path)));
}

async function linkText(
  url: string,
  specifier: string,
  edition: Edition,
  make: (module: LinkedModule) => string | Promise<string>,
): Promise<LinkedModule> {
  const { byUrl } = edition;
  const known = byUrl.get(url);
  if (known !== undefined) return known;
  const memory = makeMemoryFile();
  const module: LinkedModule = { url, specifier, memory, edition, originOf: (place) => place };
  // Registered before it is rewritten, because a module that it imports may import it.
  byUrl.set(url, module);
  LINKED.set(memory.name, module);
  try {
    memory.write(await make(module));
  } catch (error) {
    byUrl.delete(url);
    throw error;
  }
  return module;
}

async function rewrite(module: LinkedModule, source: string): Promise<string> {
  const { url, memory, edition } = module;
  const written = await javaScriptOf(module, source);
  const further = await edition.rewrite?.(written.code, url, written.originOf);
  const head = further?.prelude ?? "";
  const code = further?.code ?? written.code;
  const originOf = (place: Position) => written.originOf(further?.originOf(place) ?? place);
  const target = async (specifier: string, offset: number) => {
    const found = await resolve(specifier, { url, edition, position: () => originOf(positionOf(code, offset)) });
    return typeof found === "string" ? found : `./${found.memory.name}`;
  };
  const prelude =
    `import { adopt as $adopt } from ${JSON.stringify(new URL("./import_linked.ts", import.meta.url).href)}; ` +
    `const ${LOAD} = $adopt(import.meta, "${memory.name}"); `;
  const rewritten = await rewriteImports(code, target, prelude);
  const shift = head.length + rewritten.shift;
  module.originOf = ({ line, column }) => originOf({ line, column: line === 1 ? Math.max(1, column - shift) : column });
  return head + rewritten.code;
}

/** The JavaScript of a module, and the function from positions in it to those in the source. */
async function javaScriptOf({ url, edition }: LinkedModule, source: string) {
  const asItIs = (code: string) => ({ code, originOf: (place: Position) => place });
  if (!TYPESCRIPT.test(filePath(url))) return asItIs(source);
  const blanked = edition.rewrite ? await blankTypes(source) : undefined;
  if (blanked !== undefined) return asItIs(blanked);
  const { stripTypes } = await importLater<typeof import("./strip_types.ts")>("api/transpile/strip_types.ts");
  return stripTypes(source, url);
}
