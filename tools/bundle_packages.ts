/**
 * The npm packages of the program as a few files of plain JavaScript: finding and reading them one by one costs a
 * compiled program a quarter of its start-up, and their other files 7 MB.
 * @module
 */
import { build, type BuildOptions, type Metafile } from "esbuild";
import { builtinModules } from "node:module";

export const OPTIONS = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["deno"],
  target: "esnext",
  external: ["node:*"],
  // Some packages name Node's modules without "node:".
  alias: Object.fromEntries(builtinModules.filter((name) => !/^_|:/.test(name)).map((name) => [name, `node:${name}`])),
  // What CommonJS requires in a bundle is built in; all else is bundled.
  banner: { js: "var require = (name) => process.getBuiltinModule(name);" },
  logLevel: "error",
} satisfies BuildOptions;

/** What esbuild knows of modules and all that they import; what is imported for its types only does not count. */
export async function metafileOf(modules: readonly string[], options: BuildOptions): Promise<Metafile> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [...modules],
    absWorkingDir: "/",
    outdir: "/",
    metafile: true,
    write: false,
    ...options,
  });
  return metafile!;
}

/** What the modules import from packages, as they write it. */
export async function packagesOf(modules: readonly string[]): Promise<string[]> {
  const { inputs } = await metafileOf(modules, { packages: "external", loader: { ".wasm": "empty" } });
  const external = Object.values(inputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  return [...new Set(external.map(({ path }) => path))].filter((path) => !path.startsWith(".")).sort();
}

/** Bundles modules, by the names of their files, into a folder. What they share is in files beside them. */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  folder: string,
  options: BuildOptions,
): Promise<Metafile> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: { ...entryPoints },
    splitting: true,
    outdir: folder,
    metafile: true,
    ...options,
  });
  return metafile!;
}

/** Calls `use` with a temporary folder in whose `node_modules` the npm packages of an import map are installed. */
export async function withPackages<T>(
  imports: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "tesseract-packages-" });
  try {
    const npm = Object.fromEntries(Object.entries(imports).filter(([, target]) => target.startsWith("npm:")));
    const config = { lock: false, nodeModulesDir: "auto", imports: npm };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    const { success } = await new Deno.Command(Deno.execPath(), { args: ["install", "--quiet"], cwd: folder }).spawn()
      .status;
    if (!success) throw new Error("the packages cannot be installed");
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
