import type { Loader, Plugin } from "esbuild";
import { dirname, join, relative } from "node:path";
import { loadModule } from "../lib/check/inspect.ts";
import { mapImport } from "../lib/api/transpile/import_map.ts";
import { findInPackages, isCommonJs, requireCommonJs } from "../lib/api/transpile/packages.ts";
import { bundle, metafileOf } from "./bundle_packages.ts";
import { copy } from "./files.ts";

/** A user module that is to be embedded. */
export interface Component {
  /** Its path in the folder of what is embedded. */
  readonly path: string;
  /** All files that are embedded with it, modules and others, by their paths in that folder. */
  readonly files: readonly string[];
  /** What its bare names mean, for the import map. */
  readonly imports: Readonly<Record<string, string>>;
  /** The description in the module. */
  readonly description: string;
}

/**
 * Copies a user module, all files that it imports, and the files that it reads: those that it names by
 * `new URL("…", import.meta.url)`, and `included`. Packages of node_modules are bundled. Throws `BrokenModule` if the
 * module has faults, and an `Error` for what could not work in the executable.
 */
export async function copyComponent(path: string, embedded: string, included: readonly string[]): Promise<Component> {
  const { description } = await loadModule(path);
  const graph = await readGraph(path);
  const data = new Set(included);
  for (const file of graph.files) {
    if (/\.[cm]?[jt]s$/.test(file)) { for (const read of await filesReadBy(file, included)) data.add(read); }
  }
  for (const file of data) {
    const { isFile, mode } = await Deno.stat(file);
    if (isFile && (mode ?? 0) & 0o111 && !/\.(?:so|dylib|dll)\b/.test(file)) {
      console.error(
        `Warning: ${file} is an executable, which cannot be started from inside of the one that is made: have it on the ` +
          "PATH where that runs, and name it in the module without a folder",
      );
    }
  }
  const files = [...graph.files, ...data];
  let folder = dirname(path);
  while (files.some((file) => relative(folder, file).startsWith(".."))) folder = dirname(folder);
  const placeOf = (file: string) => join("component", relative(folder, file));
  for (const file of files) await copy(file, join(embedded, placeOf(file)));

  const imports: Record<string, string> = {};
  for (const [name, target] of graph.names) {
    imports[name] = target.startsWith("/") ? `./${placeOf(target)}` : target;
  }
  const entries = new Map([...graph.packages.keys()].map((name) => [`user_${name.replace(/\W+/g, "_")}`, name]));
  const entryPoints = Object.fromEntries([...entries].map(([file, name]) => [file, `package:${name}`]));
  const options = { platform: "node", absWorkingDir: dirname(path) } as const;
  await bundle(entryPoints, join(embedded, "packages"), { ...options, plugins: [packageEntries(graph.packages)] });
  for (const [file, name] of entries) imports[name] = `./packages/${file}.js`;
  return { path: placeOf(path), files: files.map(placeOf), imports, description };
}

/** A package as a module, with all exports that `import` finds: esbuild has only the default one of CommonJS. */
function packageEntries(packages: ReadonlyMap<string, string>): Plugin {
  return {
    name: "package entries",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^package:/ }, ({ path }) => ({ path: path.slice("package:".length), namespace: "package" }));
      onLoad({ filter: /.*/, namespace: "package" }, ({ path: name }) => {
        const file = packages.get(name)!;
        const from = JSON.stringify(file);
        if (!isCommonJs(file)) {
          const contents = `import * as all from ${from}; export * from ${from}; export default all.default;`;
          return { contents, resolveDir: "/" };
        }
        const names = Object.keys(requireCommonJs(file) ?? {}).filter((name) =>
          name !== "default" && /^[\w$]+$/.test(name)
        );
        const contents = `import all from ${from}; export default all; export const { ${names.join(", ")} } = all;`;
        return { contents, resolveDir: "/" };
      });
    },
  };
}

interface Graph {
  /** The files that the module imports, itself among them. */
  readonly files: readonly string[];
  /** Names by imports of deno.json, and specifiers of npm, and what they mean: a file or a specifier. */
  readonly names: ReadonlyMap<string, string>;
  /** Names in node_modules, and their files. */
  readonly packages: ReadonlyMap<string, string>;
}

const LOADERS: Record<string, Loader> = { ".wasm": "empty", ".json": "json" };

/** Reads a user module with all that it imports, whose names mean what they mean when it runs. */
async function readGraph(path: string): Promise<Graph> {
  const names = new Map<string, string>();
  const packages = new Map<string, string>();
  const resolve: Plugin = {
    name: "resolve",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point") return null;
        const target = mapImport(path, `file://${importer}`);
        if (target.startsWith("file:")) {
          const file = decodeURIComponent(new URL(target).pathname);
          names.set(path, file);
          return { path: file };
        }
        if (target !== path) names.set(path, target);
        else if (/^(?:node|npm|jsr):/.test(path)) names.set(path, path);
        else if (!path.startsWith("@tesseract/runtime")) {
          const file = findInPackages(path, importer);
          if (file === undefined) return { errors: [{ text: `There is no import named "${path}"` }] };
          packages.set(path, file);
        }
        return { path, external: true };
      });
    },
  };
  const { inputs } = await metafileOf([path], { plugins: [resolve], loader: LOADERS });
  return { files: Object.keys(inputs).map((file) => `/${file}`), names, packages };
}

/** The files that a module names by `new URL("…", import.meta.url)`. Throws if it may read others. */
async function filesReadBy(file: string, included: readonly string[]): Promise<string[]> {
  const text = await Deno.readTextFile(file);
  const found: string[] = [];
  const rest = text.replace(/new\s+URL\(\s*(["'`])([^"'`$]+)\1\s*,\s*import\.meta\.url\s*\)/g, (_, _quote, name) => {
    const path = decodeURIComponent(new URL(name, `file://${file}`).pathname);
    found.push(path);
    return "";
  });
  for (const path of found) {
    if (!await Deno.stat(path).then(() => true, () => false)) {
      throw new Error(`${file} reads ${path}, which is missing`);
    }
  }
  const line = rest.split("\n").findIndex((line) => /\bimport\.meta\.(?:url|dirname|filename)\b/.test(line)) + 1;
  if (line > 0 && included.length === 0) {
    console.error(
      `Warning: ${file}:${line} uses import.meta: files that it reads beside it are in the executable only if they are ` +
        'named by --include PATH, or in the module as new URL("name", import.meta.url)',
    );
  }
  return found;
}
