/**
 * Imports a module of lib/cli/ when it is needed, and not before. What a literal `import("…")` names, Deno reads before
 * the program starts, and all that it imports: 8 ms of `--help`, for modules that it never runs. Nor does `deno compile`
 * see these imports: it has to be told `--include lib/cli`.
 *
 * @typeParam M the module: `typeof import("./commands/check.ts")`
 */
export async function importLater<M>(path: string): Promise<M> {
  return await import(new URL(path, import.meta.url).href);
}
