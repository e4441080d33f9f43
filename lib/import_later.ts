/**
 * Imports a module of lib/ when this is called, and not before. The module that a literal `import("…")` names is read
 * by Deno before the program starts, together with everything that it imports. That would cost every command
 * milliseconds for modules that it never runs. `deno compile` cannot see the imports made here either: it is told to
 * include all of lib/.
 *
 * @typeParam M the module: `typeof import("./check.ts")`
 * @param path from lib/: `"cli/commands/check.ts"`
 */
export async function importLater<M>(path: string): Promise<M> {
  return await import(new URL(path, import.meta.url).href);
}
