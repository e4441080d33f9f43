/**
 * The declarations of the npm package: those of mod.ts and client.ts with all that they refer to, Zod's included, so
 * that an editor needs nothing but the package.
 * @module
 */
import ts from "typescript";
import { dirname, join, relative } from "node:path";
import config from "../deno.json" with { type: "json" };
import { withPackages } from "./bundle_packages.ts";
import { filesIn } from "./files.ts";

const root = new URL("..", import.meta.url).pathname;

/** The modules that others import, by the name of the export. */
export const PUBLIC: ReadonlyMap<string, string> = new Map(
  Object.entries(config.exports).map(([name, path]) => [name, path.replace(/^\.\//, "")]),
);

/** Writes the declarations into a folder. Throws if tsc finds an error in them. */
export async function writeDeclarations(folder: string): Promise<void> {
  await withPackages({ zod: config.imports.zod }, async (packages) => {
    const zod = join(packages, "node_modules/zod");
    const globals = join(packages, "deno.d.ts");
    await Deno.writeFile(globals, (await new Deno.Command(Deno.execPath(), { args: ["types"] }).output()).stdout);
    const emitted = emit({ zod: [join(zod, "index.d.ts")], "zod/v4/core": [join(zod, "v4/core/index.d.ts")] }, globals);
    for (const [path, text] of emitted) await write(join(folder, path), withRelativeImports(path, text));
    for (const path of filesIn(zod, ".ts")) {
      if (path.endsWith(".d.ts")) await write(join(folder, "zod", relative(zod, path)), await Deno.readTextFile(path));
    }
  });
}

function emit(paths: Record<string, string[]>, globals: string): Map<string, string> {
  const compilerOptions = ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
  const program = ts.createProgram([...[...PUBLIC.values()].map((path) => join(root, path)), globals], {
    ...compilerOptions,
    declaration: true,
    emitDeclarationOnly: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts"],
    types: [],
    paths,
    rootDir: root,
    outDir: "/",
  });
  const emitted = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (path, text) => emitted.set(path.slice(1), text));
  // What is wrong with the declarations alone: `deno check` has looked at all the rest.
  if (diagnostics.length > 0) {
    throw new Error(ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => "\n",
    }));
  }
  return emitted;
}

/** TypeScript looks for the declarations of `./a.js` in `./a.d.ts`. */
function withRelativeImports(path: string, text: string): string {
  const up = relative(dirname(path), ".") || ".";
  // Float16Array is newer than what most projects declare.
  return `/// <reference lib="esnext.float16" />\n` + text
    .replace(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"')
    .replace(/(from |import\()"zod"/g, `$1"${up}/zod/index.js"`)
    .replace(/(from |import\()"zod\/v4\/core"/g, `$1"${up}/zod/v4/core/index.js"`);
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
