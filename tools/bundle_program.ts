/**
 * The program as a few files of plain JavaScript, for the npm package: finding and reading its modules one by one would
 * cost most of its start-up.
 *
 * All files lie in one folder, `packages/`, each entry point under a name made of its path, and what they share in
 * files beside them. The files that modules read at run time (scripts, pages) stay at their paths in `lib/`.
 * @module
 */
import { type Plugin, stop } from "esbuild";
import { copy, filesIn } from "./files.ts";
import { licensesOf, PAGE_PACKAGES } from "./licenses.ts";
import { bundle, withPackages } from "./bundle_packages.ts";
import { PUBLIC } from "./declarations.ts";
import { dirname, join, relative } from "node:path";

const root = new URL("..", import.meta.url).pathname;

/**
 * What is loaded together: a module belongs to the first group with a prefix of its path in lib/. The fewer groups
 * there are, the fewer files a command loads; but it should not load what it does not need.
 */
const GROUPS: readonly (readonly [name: string, ...paths: string[]])[] = [
  ["help", "cli/help", "cli/module_help", "cli/version", "suggest", "cli/completion", "cli/commands/complete"],
  ["server", "http/app", "http/api_page", "http/documents"],
  ["serve", "http/", "cli/commands/serve", "workers/pool"],
  ["s3", "storage/s3"],
  ["binary", "api/transpile"],
  ["autodiff", "autodiff/"],
  ["umbridge", "umbridge/"],
  ["formats", "formats/msgpack", "formats/lz4", "formats/binref"],
  [
    "commands",
    "cli/version",
    "cli/",
    "gradients/",
    "check/",
    "testing/",
    "endpoints/about",
    "endpoints/documents",
    "endpoints/openapi",
    "endpoints/examples",
  ],
  ["call", ""],
];

/**
 * What is always loaded before a group. A group that imports it shares all of its modules, in one file; otherwise
 * esbuild makes a file for each set of modules that the same groups need, and a call would read 60.
 */
const LOADED_BEFORE: Readonly<Record<string, readonly string[]>> = {
  call: ["./lib/check/inspect.ts"],
  commands: ["group:call"],
  formats: ["group:call"],
  autodiff: ["group:call"],
  binary: ["group:call"],
  help: ["./lib/cli/main.ts"],
  serve: ["./lib/cli/main.ts"],
  server: ["./lib/cli/main.ts"],
};

const groupOf = (path: string) => GROUPS.find(([, ...paths]) => paths.some((start) => path.startsWith(start)))![0];
const inCall = new Set(["cli/commands/call.ts"]);

/** The name of a module among the exports of its group. */
const nameOf = (path: string) => path.replace(/\.ts$/, "").replaceAll(/\W/g, "_");

/**
 * Modules that are started or imported by their URL. A file at the path of each exports it from the bundle. All of them
 * make calls, or are imported by what makes calls: see `LOADED_BEFORE`.
 */
const ADDRESSED = [
  "lib/workers/worker/main.ts",
  "lib/autodiff/runtime/operations.ts",
  "lib/api/transpile/import_linked.ts",
  "lib/api/transpile/packages.ts",
];

/** Marks an entry point that shares one set of modules with the group "call". */
const AFTER_CALL = "after-call:";

/** The modules of lib/ that others import late, by `importLater`: those named there, all commands and endpoints. */
async function lateModules(): Promise<Set<string>> {
  const late = new Set<string>();
  for (const folder of ["lib/cli/commands", "lib/endpoints"]) {
    for (const path of filesIn(join(root, folder), ".ts")) late.add(relative(join(root, "lib"), path));
  }
  for (const path of filesIn(join(root, "lib"), ".ts")) {
    const calls = (await Deno.readTextFile(path)).matchAll(/importLater<.*?>\(\s*"(.*?)"/gs);
    for (const [, target] of calls) late.add(target!);
  }
  return late;
}

/** Bundles the program into a folder, with the licences of the packages in it. */
export async function bundleProgram(folder: string, imports: Readonly<Record<string, string>>): Promise<void> {
  const groups = Map.groupBy(await lateModules(), (path) => inCall.has(path) ? "call" : groupOf(path));
  const entries = {
    cli: "cli.ts",
    ...Object.fromEntries(ADDRESSED.map((path) => [nameOf(path), path])),
    ...Object.fromEntries([...PUBLIC.values()].map((path) => [path.replace(/\.ts$/, ""), path])),
  };
  await withPackages(imports, async (packages) => {
    const { inputs } = await bundle(
      {
        ...Object.fromEntries(
          Object.entries(entries).map((
            [name, path],
          ) => [name, `${ADDRESSED.includes(path) ? AFTER_CALL : ""}${join(root, path)}`]),
        ),
        ...Object.fromEntries([...groups.keys()].map((group) => [group, `group:${group}`])),
      },
      join(folder, "packages"),
      {
        absWorkingDir: packages,
        nodePaths: [join(packages, "node_modules")],
        minifySyntax: true,
        minifyWhitespace: true,
        lineLimit: 120, // Node prints the line of an error that nobody catches
        legalComments: "none",
        target: "es2023",
        inject: [await writeFloat16(packages)],
        plugins: [groupPlugin(groups), pathPlugin],
      },
    );
    const modules = [...Object.keys(inputs), ...PAGE_PACKAGES];
    await Deno.writeTextFile(join(folder, "LICENSES.txt"), await licensesOf(modules, packages));
  });
  for (const path of ADDRESSED) {
    const bundled = `${"../".repeat(path.split("/").length - 1)}packages/${nameOf(path)}.js`;
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), `export * from "${bundled}";\n`);
  }
  const completion = join(root, "lib/cli/completion");
  const scripts = [...Deno.readDirSync(completion)].filter(({ name }) => !name.endsWith(".ts"));
  for (
    const path of [
      "lib/http/api_page.html.gz",
      "lib/http/page",
      ...scripts.map(({ name }) => `lib/cli/completion/${name}`),
    ]
  ) {
    await copy(join(root, path), join(folder, path));
  }
  await stop();
}

/** Node has no Float16Array before version 24; a component without float16 can do without it in a test there. */
async function writeFloat16(folder: string): Promise<string> {
  const path = join(folder, "float16.js");
  const text = `export const Float16Array = globalThis.Float16Array ?? class Float16Array {
    static BYTES_PER_ELEMENT = 2;
    constructor() { throw new TypeError("float16 arrays need Node 24 or newer, or Deno"); }
  };`;
  await Deno.writeTextFile(path, text);
  return path;
}

/** A group is a module that exports its modules; `importLater` imports the group and takes the one module of it. */
function groupPlugin(groups: ReadonlyMap<string, readonly string[]>): Plugin {
  return {
    name: "groups",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: "group" }));
      onLoad({ filter: /^group:/, namespace: "group" }, ({ path }) => {
        const group = path.slice("group:".length);
        const lines = groups.get(group)!.map((path) =>
          `export * as ${nameOf(path)} from ${JSON.stringify(join(root, "lib", path))};`
        );
        for (const path of LOADED_BEFORE[group] ?? []) lines.push(`import ${JSON.stringify(path)};`);
        return { contents: lines.join("\n"), resolveDir: root };
      });
      onResolve({ filter: /^after-call:/ }, ({ path }) => ({
        path: path.slice(AFTER_CALL.length),
        namespace: "after-call",
      }));
      onLoad({ filter: /^/, namespace: "after-call" }, ({ path }) => ({
        contents: `import "group:call"; export * from ${JSON.stringify(path)};`,
        resolveDir: root,
      }));
      onLoad({ filter: /\/lib\/import_later\.ts$/ }, () => {
        const places = [...groups].flatMap(([group, paths]) => paths.map((path) => [path, [group, nameOf(path)]]));
        const contents = `const PLACES = ${JSON.stringify(Object.fromEntries(places))};
          export async function importLater(path) {
            const [group, name] = PLACES[path];
            return (await import(new URL(group + ".js", import.meta.url).href))[name];
          }`;
        return { contents };
      });
    },
  };
}

/** Modules find each other and their files by `import.meta.url`, which is another one in a bundle. */
const pathPlugin: Plugin = {
  name: "paths",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(root)) return undefined;
      const url = `new URL("../${relative(root, path)}", import.meta.url).href`;
      const contents = (await Deno.readTextFile(path)).replaceAll("import.meta.url", url);
      return { contents, loader: "ts", resolveDir: dirname(path) };
    });
  },
};
