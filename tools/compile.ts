/**
 * `deno task compile`: the program as one executable, `dist/tesseract-runtime`.
 *
 * With `--module tesseract_api.ts` the executable is a component: the program with this user module in it, and with its
 * name, version and description. Options: `--output PATH`, `--target TARGET` as `deno compile` knows it, and for a
 * component `--name`, `--version` and `--description`.
 * @module
 */
import { stop } from "esbuild";
import { cp, mkdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { bundlePackages, readGraph } from "./bundle_packages.ts";

const root = new URL("..", import.meta.url).pathname;

const TEXT = { type: "string" } as const;
const { values: options } = parseArgs({
  options: { module: TEXT, output: TEXT, target: TEXT, name: TEXT, version: TEXT, description: TEXT },
});

/** The path as it was meant where the task was called. */
const fromCaller = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);

const module = options.module && fromCaller(options.module);
const output = options.output ? fromCaller(options.output) : join(root, "dist/tesseract-runtime");
/** All that is embedded, as it lies in the executable. */
const embedded = await Deno.makeTempDir({ prefix: "tesseract-compile-" });
try {
  const component = module && await embedComponent(module);
  await embedProgram(component);
  await compile(component ? [component.file] : []);
} finally {
  await stop();
  await Deno.remove(embedded, { recursive: true });
}

interface Component {
  /** Where the user module is, in `embedded`. */
  readonly file: string;
  /** What it imports from packages. */
  readonly specifiers: readonly string[];
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string;
}

/** Copies the user module and all files that it imports. Ends the process if it has faults. */
async function embedComponent(path: string): Promise<Component> {
  const { describeModuleFault, inspectModule } = await import("../lib/api/load.ts");
  const { module, faults } = await inspectModule(path);
  if (!module) {
    for (const fault of faults) console.error(`Error: ${describeModuleFault(fault)}`);
    Deno.exit(1);
  }
  const { files, specifiers } = await readGraph([path]);
  let folder = dirname(path);
  while (files.some((file) => relative(folder, file).startsWith(".."))) folder = dirname(folder);
  for (const file of files) {
    const copy = join(embedded, "component", relative(folder, file));
    await mkdir(dirname(copy), { recursive: true });
    await cp(file, copy);
  }
  return {
    file: join("component", relative(folder, path)),
    specifiers,
    name: options.name ?? basename(output),
    version: options.version,
    description: options.description ?? module.description,
  };
}

/** Copies the program, bundles its packages, and writes the main module and where imports are found. */
async function embedProgram(component: Component | undefined): Promise<void> {
  await cp(join(root, "lib"), join(embedded, "lib"), { recursive: true });
  await cp(join(root, "mod.ts"), join(embedded, "mod.ts"));
  const modules = [...Deno.readDirSync(embedded)];
  console.log(modules);
}
