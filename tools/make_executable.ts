import { stop } from "esbuild";
import { join, relative } from "node:path";
import config from "../deno.json" with { type: "json" };
import { bareName } from "../lib/api/package_name.ts";
import { RECIPES } from "../lib/cli/commands.ts";
import { bundle, packagesOf, withPackages } from "./bundle_packages.ts";
import { copy, filesIn } from "./files.ts";
import { licensesOf, PAGE_PACKAGES } from "./licenses.ts";

const root = new URL("..", import.meta.url).pathname;

/** What is in an executable beside the program's own modules. */
export interface Contents {
  /** The text of the main module; `./lib/` and `./mod.ts` are the program's. */
  readonly main: string;
  /** Files to embed that no static import from the main module leads to. */
  readonly files: readonly string[];
  /** What bare names in the component mean. */
  readonly imports: Readonly<Record<string, string>>;
}

/** Compiles an executable. `fill` says what is in it, and may put files into the folder that is embedded. */
export async function makeExecutable(
  output: string,
  fill: (folder: string) => Contents | Promise<Contents>,
  target?: string,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tesseract-compile-" });
  try {
    const { main, files, imports } = await fill(folder);
    await Deno.writeTextFile(join(folder, "main.ts"), main);
    const own = Object.values(config.exports).map((path) => path.replace(/^\.\//, ""));
    const recipes = RECIPES.map((recipe) => `examples/${recipe}`);
    for (const path of ["lib", ...own, ...recipes]) await copy(join(root, path), join(folder, path));
    const bundled = await bundledImports(folder);
    const scopes = { "./component/": componentImports(imports, bundled) };
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ ...config, imports: bundled, scopes }));
    await denoCompile(folder, ["lib", ...own, ...recipes, "packages", "LICENSES.txt", ...files], output, target);
  } finally {
    await stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Bundles the packages of the program into the folder. Returns an import map that finds them there. */
async function bundledImports(folder: string): Promise<Record<string, string>> {
  const packages = (await packagesOf([join(root, "mod.ts"), ...filesIn(join(root, "lib"), ".ts")]))
    .filter((specifier) => !/^node:|^@tesseract\//.test(specifier));
  const names = new Map(packages.map((name) => [name, name.replace(/^@/, "").replaceAll("/", "_")]));
  await withPackages(config.imports, async (installed) => {
    const entryPoints = Object.fromEntries([...names].map(([name, file]) => [file, name]));
    const { inputs } = await bundle(entryPoints, join(folder, "packages"), { absWorkingDir: installed });
    await Deno.writeTextFile(
      join(folder, "LICENSES.txt"),
      await licensesOf([...Object.keys(inputs), ...PAGE_PACKAGES], installed),
    );
  });
  const all: Record<string, string> = {};
  for (const [name, file] of names) all[name] = `./packages/${file}.js`;
  for (const [name, path] of Object.entries(config.exports)) all[`${config.name}${name.slice(1)}`] = path;
  return all;
}

/** What bare names mean in the component. Its `npm:zod@4` is the program's zod, so that there is only one. */
function componentImports(
  imports: Readonly<Record<string, string>>,
  bundled: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).map(([name, target]) => [name, bundled[bareName(target)] ?? target]),
  );
}

async function denoCompile(
  folder: string,
  included: readonly string[],
  output: string,
  target: string | undefined,
): Promise<void> {
  const args = [
    ...["compile", "--quiet", "--allow-all", "--no-check"],
    // The program must not write a cache where it runs.
    "--no-code-cache",
    ...target === undefined ? [] : ["--target", target],
    ...["--output", output],
    ...included.flatMap((path) => ["--include", path]),
    "main.ts",
  ];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).spawn().status;
  if (!success) throw new Error("deno compile failed");
  if (target === undefined) await tryOut(output);
}

/** Starts the executable: it fails with a run-time of another version, which `deno compile` does not report. */
async function tryOut(output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(output, { args: ["--version"] }).output();
  if (!success) {
    throw new Error(`${relative(Deno.cwd(), output)} was made, but does not run: ${new TextDecoder().decode(stderr)}`);
  }
}
