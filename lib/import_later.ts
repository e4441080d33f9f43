/**
 * Imports a module of lib/ when it is needed, and not before. What a literal `import("…")` names, Deno reads before
 * the program starts, and all that it imports: milliseconds of every command, for modules that it never runs. Nor does
 * `deno compile` see these imports: it has to be told `--include lib`.
 *
 * @typeParam M the module: `typeof import("./check.ts")`
 * @param path from lib/: `"cli/commands/check.ts"`
 */
export async function importLater<M>(path: string): Promise<M> {
  return await import(new URL(path, import.meta.url).href);
}
