/**
 * npm packages in a `node_modules` folder beside a user's module. The run-time of a compiled program finds by itself
 * only what was embedded in it.
 * @module
 */
import { Module } from "node:module";
import { resolve } from "resolve.exports";
import { bareName, packageOf } from "../package_name.ts";

interface PackageJson {
  readonly type?: string;
  readonly exports?: unknown;
}

/**
 * The path of the file that `name`, `name/path`, `npm:name@version/path` or, within a package, `#name` means in the
 * file at a path, by Node's rules. The version is the one that is there. `undefined` where there is none.
 */
export function findInPackages(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith("#")) {
    const own = foldersAbove(importer).find((folder) => readPackage(folder));
    return own === undefined ? undefined : fileIn(own, specifier, importer);
  }
  const bare = bareName(specifier);
  const name = packageOf(bare);
  const subpath = bare.slice(name.length);
  const folder = foldersAbove(importer).map((folder) => `${folder}/node_modules/${name}`).find(readPackage);
  return folder === undefined ? undefined : fileIn(folder, `.${subpath}`, importer, name + subpath);
}

/** A file of the package in a folder; `request` is what `require` calls it. */
function fileIn(folder: string, entry: string, importer: string, request = entry): string | undefined {
  const json = readPackage(folder)!;
  if (json.exports === undefined && !entry.startsWith("#")) {
    return Module.createRequire(importer).resolve(request);
  }
  const [target] = resolve(json, entry, { conditions: ["deno"] }) ?? [];
  if (target === undefined) throw new TypeError(`${folder}/package.json does not say what ${request} is`);
  return target.startsWith(".") ? folder + target.slice(1) : findInPackages(target, `${folder}/package.json`);
}

/** Is a file CommonJS, and not an ES module? For a `.js` file in a package, package.json tells. */
export function isCommonJs(path: string): boolean {
  if (!path.includes("/node_modules/") || !path.endsWith(".js")) return path.endsWith(".cjs");
  return foldersAbove(path).map(readPackage).find((json) => json)?.type !== "module";
}

function readPackage(folder: string): PackageJson | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  } catch (error) {
    if (error instanceof SyntaxError) throw new SyntaxError(`${folder}/package.json: ${error.message}`);
    return undefined;
  }
}

/** The folder of a file, the folder above it, and so on to the root. */
function foldersAbove(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, names.length - i).join("/"));
}

/** The exports of a CommonJS file. */
export function requireCommonJs(path: string): unknown {
  teachRequire();
  return Module.createRequire(path)(path);
}

/** The source of a module that exports what a CommonJS file does. */
export function asModule(path: string): string {
  const exports = requireCommonJs(path);
  const names = exports === null || exports === undefined ? [] : Object.keys(exports);
  return [
    `import { requireCommonJs } from ${JSON.stringify(import.meta.url)};`,
    `const exports = requireCommonJs(${JSON.stringify(path)});`,
    "export default exports;",
    ...names.filter((name) => name !== "default").map((name, i) =>
      `const _${i} = exports[${JSON.stringify(name)}]; export { _${i} as ${JSON.stringify(name)} };`
    ),
  ].join("\n");
}

/** Makes `require` read files on disk: in a compiled program it finds only embedded ones. */
function teachRequire(): void {
  const { _extensions: extensions } = Module as unknown as { readonly _extensions: Record<string, Loader> };
  const compile: Loader = (module, path) => module._compile(Deno.readTextFileSync(path), path);
  extensions[".js"] = extensions[".cjs"] = compile;
  extensions[".json"] = (module, path) => void (module.exports = JSON.parse(Deno.readTextFileSync(path)));
}

type Loader = (module: { exports: unknown; _compile(text: string, path: string): void }, path: string) => void;
