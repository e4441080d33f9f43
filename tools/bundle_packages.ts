/**
 * The npm packages of the program as a few files of plain JavaScript: finding and reading them one by one costs a
 * compiled program a quarter of its start-up, and their other files 7 MB.
 * @module
 */
import { build, type BuildOptions } from "esbuild";
import { builtinModules } from "node:module";

const OPTIONS = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["deno"],
  target: "esnext",
  external: ["node:*"],
  // Some packages name Node's modules without "node:".
  alias: Object.fromEntries(builtinModules.filter((name) => !/^_|:/.test(name)).map((name) => [name, `node:${name}`])),
  logLevel: "error",
} satisfies BuildOptions;

/** What modules import, and the modules that they import, and so on. */
export interface Graph {
  /** Paths of files, the modules themselves among them. */
  readonly files: readonly string[];
  /** Of packages, as they are written. */
  readonly specifiers: readonly string[];
}

/** Reads modules with all that they import; what is imported for its types only does not count. */
export async function readGraph(modules: readonly string[]): Promise<Graph> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [...modules],
    absWorkingDir: "/",
    outdir: "/",
    packages: "external",
    metafile: true,
    write: false,
  });
  const inputs = Object.entries(metafile.inputs);
  const external = inputs.flatMap(([, { imports }]) => imports.filter(({ external }) => external));
  return {
    files: inputs.map(([path]) => `/${path}`),
    specifiers: [...new Set(external.map(({ path }) => path))].sort(),
  };
}

/**
 * Bundles what is imported from packages into a folder, one file an import; what imports share is in files beside them,
 * so that a class is the same in all. Returns the names of the files by the imports. The versions are those of
 * `imports`, the import map of a `deno.json`.
 */
export async function bundlePackages(
  specifiers: readonly string[],
  imports: Readonly<Record<string, string>>,
  folder: string,
): Promise<Map<string, string>> {
  const names = new Map(specifiers.map((specifier) => [specifier, specifier.replace(/^@/, "").replaceAll("/", "_")]));
  const packages = await installPackages(imports);
  try {
    await build({
      ...OPTIONS,
      entryPoints: Object.fromEntries([...names].map(([specifier, name]) => [name, specifier])),
      splitting: true,
      outdir: folder,
      absWorkingDir: packages,
    });
  } finally {
    await Deno.remove(packages, { recursive: true });
  }
  return new Map([...names].map(([specifier, name]) => [specifier, `${name}.js`]));
}

/** Puts packages into a `node_modules` folder in a folder of their own. */
export async function installPackages(imports: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "tesseract-packages-" });
  const npm = Object.fromEntries(Object.entries(imports).filter(([, target]) => target.startsWith("npm:")));
  const config = { lock: false, nodeModulesDir: "auto", imports: npm };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["install", "--quiet"], cwd: folder }).spawn()
    .status;
  if (!success) throw new Error("the packages cannot be installed");
  return folder;
}
