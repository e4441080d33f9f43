/**
 * `deno task compile`: the program as one executable, `dist/tesseract-runtime`.
 *
 * With `--module tesseract_api.ts` the executable is a component: the program with this user module in it, and with its
 * name, version and description. Options: `--output PATH`, `--target TARGET` as `deno compile` knows it, and for a
 * component `--name`, `--version` and `--description`.
 * @module
 */
import { stop } from "esbuild";
import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { bundlePackages, readGraph } from "./bundle_packages.ts";
import { type Component, copyComponent } from "./copy_component.ts";

const root = new URL("..", import.meta.url).pathname;

const TEXT = { type: "string" } as const;
const { values: options } = parseArgs({
  options: { module: TEXT, output: TEXT, target: TEXT, name: TEXT, version: TEXT, description: TEXT },
});

/** The path as it was meant where the task was called. */
const fromCaller = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);

const output = options.output ? fromCaller(options.output) : join(root, "dist/tesseract-runtime");
/** What is embedded, as it lies in the executable. */
const embedded = await Deno.makeTempDir({ prefix: "tesseract-compile-" });
try {
  const component = options.module ? await copyComponent(fromCaller(options.module), embedded) : undefined;
  await copyProgram();
  await writeImports(component);
  await writeMain(component);
  await compile(component);
} finally {
  await stop();
  await Deno.remove(embedded, { recursive: true });
}

async function copyProgram(): Promise<void> {
  for (const path of ["lib", "mod.ts"]) await cp(join(root, path), join(embedded, path), { recursive: true });
}

/** Bundles the packages of the program, and writes a `deno.json` that says so. */
async function writeImports(component: Component | undefined): Promise<void> {
  const { specifiers } = await readGraph([join(root, "mod.ts"), ...sources(join(root, "lib"))]);
  const packages = specifiers.filter((specifier) => !/^node:|^@tesseract\//.test(specifier));
  const bundles = await bundlePackages(packages, config.imports, join(embedded, "packages"));
  const imports: Record<string, string> = { "@tesseract/runtime": "./mod.ts" };
  for (const [specifier, name] of bundles) imports[specifier] = `./packages/${name}`;
  // A user module's `npm:zod@4` is the program's zod: no schema is of two.
  for (const specifier of component?.specifiers ?? []) {
    const same = imports[specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?/, "$1")];
    if (same !== undefined) imports[specifier] = same;
  }
  await Deno.writeTextFile(join(embedded, "deno.json"), JSON.stringify({ ...config, imports }));
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(join(folder, name));
    else if (name.endsWith(".ts")) yield join(folder, name);
  }
}

/** A component is the program with defaults for its environment. */
async function writeMain(component: Component | undefined): Promise<void> {
  const { name = component && output.slice(output.lastIndexOf("/") + 1), version } = options;
  const description = options.description ?? component?.description;
  const environment = { TESSERACT_NAME: name, TESSERACT_VERSION: version, TESSERACT_DESCRIPTION: description };
  const path = component ? `\`\${import.meta.dirname}/${component.path}\`` : "undefined";
  await Deno.writeTextFile(
    join(embedded, "main.ts"),
    `import { main } from "./lib/cli/main.ts";
main({ TESSERACT_API_PATH: ${path}, ...${JSON.stringify(environment)} });
`,
  );
}

async function compile(component: Component | undefined): Promise<void> {
  const included = ["lib", "mod.ts", "packages", ...component ? [component.path] : []];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--allow-all", "--no-check"],
      // Nothing is written where the program runs, a cache neither.
      "--no-code-cache",
      ...options.target ? ["--target", options.target] : [],
      ...["--output", output],
      ...included.flatMap((path) => ["--include", path]),
      "main.ts",
    ],
    cwd: embedded,
  }).spawn().status;
  if (!success) throw new Error("deno compile failed");
  const { size } = await Deno.stat(output);
  console.log(`${output} (${(size / 1e6).toFixed(0)} MB)`);
}
