/**
 * `deno task compile`: the program as one executable, `dist/tesseract-runtime`.
 *
 * With `--module tesseract_api.ts` the executable is a component: the program with this user module in it, and with its
 * name, version and description. Options: `--output PATH`, `--target TARGET` as `deno compile` knows it, and for a
 * component `--name`, `--version` and `--description`.
 * @module
 */
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { copyComponent } from "./copy_component.ts";
import { type Contents, makeExecutable } from "./make_executable.ts";

const TEXT = { type: "string" } as const;
const { values: options } = parseArgs({
  options: { module: TEXT, output: TEXT, target: TEXT, name: TEXT, version: TEXT, description: TEXT },
});

/** The path as it was meant where the task was called. */
const fromCaller = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);

const output = fromCaller(options.output ?? new URL("../dist/tesseract-runtime", import.meta.url).pathname);

// Deno 2.4 would warn its user of what a package in the executable calls that Node deprecates.
const PROGRAM = 'import { main } from "./lib/cli/main.ts";\nglobalThis.process.noDeprecation = true;\n';

/** A component is the program with defaults for what is else set by its environment. */
async function fillComponent(module: string, folder: string): Promise<Contents> {
  const { path, specifiers, description } = await copyComponent(module, folder);
  const environment = {
    TESSERACT_NAME: options.name ?? basename(output),
    TESSERACT_VERSION: options.version,
    TESSERACT_DESCRIPTION: options.description ?? description,
  };
  const apiPath = `import.meta.dirname + ${JSON.stringify(join("/", path))}`;
  const main = `main({ TESSERACT_API_PATH: ${apiPath}, ...${JSON.stringify(environment)} });\n`;
  return { main: PROGRAM + main, modules: [path], specifiers };
}

try {
  await makeExecutable(
    output,
    (folder) =>
      options.module === undefined
        ? { main: `${PROGRAM}main();\n`, modules: [], specifiers: [] }
        : fillComponent(fromCaller(options.module), folder),
    options.target,
  );
  console.log(`${output} (${((await Deno.stat(output)).size / 1e6).toFixed(0)} MB)`);
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = 1;
}
// Whatever the user module, which was loaded, left running.
Deno.exit();
