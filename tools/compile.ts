/**
 * `deno task compile`: the program, or with `--module` a component, as one executable. `HELP` has the options.
 * @module
 */
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BrokenModule, describeModuleFault } from "../lib/api/module_fault.ts";
import { packageBeside } from "../lib/endpoints/about.ts";
import { copyComponent } from "./copy_component.ts";
import { type Contents, makeExecutable } from "./make_executable.ts";

const HELP = `Usage: deno task compile [OPTIONS]

Makes the program one executable that needs nothing else, or a component: the
program with a user module in it, and with its name, version and description.

Options:
  --output PATH       where to [default: dist/tesseract-runtime]
  --target TARGET     for another system, as deno compile knows it
  --module PATH       embed this user module, with all that it imports
  --include PATH      embed this file or folder, which the module reads; may be repeated
  --name TEXT         name of the component [default: that of the executable]
  --version TEXT      its version [default: that of the package.json beside it]
  --description TEXT  its description [default: that of the package.json, else of the module]
  --help              show this help
`;

const TEXT = { type: "string" } as const;

function readOptions() {
  return parseArgs({
    options: {
      ...{ module: TEXT, output: TEXT, target: TEXT, name: TEXT, version: TEXT, description: TEXT },
      include: { type: "string", multiple: true, default: [] },
      help: { type: "boolean" },
    },
  }).values;
}

/** A path that is relative to the folder in which the task was called. */
const fromCaller = (path: string) => resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);

// Without this, Deno 2.4 warns users of the executable about deprecated functions of Node that a package calls.
const PROGRAM = 'import { main } from "./lib/cli/main.ts";\nglobalThis.process.noDeprecation = true;\n';

/** A component is the program with defaults for environment variables. */
async function fillComponent(
  module: string,
  output: string,
  folder: string,
  options: ReturnType<typeof readOptions>,
): Promise<Contents> {
  const { path, files, imports, description } = await copyComponent(module, folder, options.include.map(fromCaller));
  const beside = await packageBeside(module);
  const environment = {
    TESSERACT_NAME: options.name ?? basename(output),
    TESSERACT_VERSION: options.version ?? beside.version,
    TESSERACT_DESCRIPTION: options.description ?? beside.description ?? description,
  };
  const apiPath = `import.meta.dirname + ${JSON.stringify(join("/", path))}`;
  const main = `main({ TESSERACT_API_PATH: ${apiPath}, ...${JSON.stringify(environment)} });\n`;
  return { main: PROGRAM + main, files, imports };
}

async function compile(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  const { module } = options;
  const output = fromCaller(options.output ?? new URL("../dist/tesseract-runtime", import.meta.url).pathname);
  await makeExecutable(
    output,
    (folder) =>
      module === undefined
        ? { main: `${PROGRAM}main();\n`, files: [], imports: {} }
        : fillComponent(fromCaller(module), output, folder, options),
    options.target,
  );
  console.log(`${output} (${((await Deno.stat(output)).size / 1e6).toFixed(0)} MB)`);
}

try {
  await compile();
} catch (error) {
  const faults = error instanceof BrokenModule ? error.faults.map(describeModuleFault) : [];
  for (const line of faults.length > 0 ? faults : [(error as Error).message]) console.error(`Error: ${line}`);
  Deno.exitCode = 1;
}
// The user module was loaded, and may have left timers running.
Deno.exit();
