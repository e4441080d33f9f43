import { stop } from "esbuild";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { bundlePackages, readGraph } from "./bundle_packages.ts";

const root = new URL("..", import.meta.url).pathname;

/** The program's modules that user modules import, by what they write. */
const PUBLIC = { "@tesseract/runtime": "mod.ts", "@tesseract/runtime/client": "client.ts" };

/** What is in an executable beside the program's own modules. */
export interface Contents {
  /** The text of the main module; `./lib/` and the public modules are the program's. */
  readonly main: string;
  /** Modules of which the main module does not say in so many words that it imports them. */
  readonly modules: readonly string[];
  /** What these import from packages. */
  readonly specifiers: readonly string[];
}

/** Compiles an executable. `fill` says what is in it, and may put files into the folder that is embedded. */
export async function makeExecutable(
  output: string,
  fill: (folder: string) => Contents | Promise<Contents>,
  target?: string,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tesseract-compile-" });
  try {
    const { main, modules, specifiers } = await fill(folder);
    await Deno.writeTextFile(join(folder, "main.ts"), main);
    const program = ["lib", ...Object.values(PUBLIC)];
    for (const path of program) await cp(join(root, path), join(folder, path), { recursive: true });
    const imports = await bundledImports(folder, specifiers);
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ ...config, imports }));
    await denoCompile(folder, [...program, "packages", ...modules], output, target);
  } finally {
    await stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Bundles the packages of the program into the folder. Returns an import map that finds them there. */
async function bundledImports(folder: string, specifiers: readonly string[]): Promise<Record<string, string>> {
  const graph = await readGraph([join(root, "mod.ts"), ...sources(join(root, "lib"))]);
  const packages = graph.specifiers.filter((specifier) => !/^node:|^@tesseract\//.test(specifier));
  const files = await bundlePackages(packages, config.imports, join(folder, "packages"));
  const own = Object.entries(PUBLIC).map(([specifier, file]) => [specifier, `./${file}`]);
  const imports: Record<string, string> = Object.fromEntries(own);
  for (const [specifier, file] of files) imports[specifier] = `./packages/${file}`;
  // A user module's `npm:zod@4` is the program's zod: no schema is of two.
  for (const specifier of specifiers) {
    const same = imports[specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?/, "$1")];
    if (same !== undefined) imports[specifier] = same;
  }
  return imports;
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(join(folder, name));
    else if (name.endsWith(".ts")) yield join(folder, name);
  }
}

async function denoCompile(
  folder: string,
  included: readonly string[],
  output: string,
  target: string | undefined,
): Promise<void> {
  const args = [
    ...["compile", "--quiet", "--allow-all", "--no-check"],
    // Nothing is to be written where the program runs, a cache neither.
    "--no-code-cache",
    ...target === undefined ? [] : ["--target", target],
    ...["--output", output],
    ...included.flatMap((path) => ["--include", path]),
    "main.ts",
  ];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).spawn().status;
  if (!success) throw new Error("deno compile failed");
}
