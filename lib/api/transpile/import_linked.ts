import type { Exports } from "../import_module.ts";
import { filePath } from "../file_url.ts";
import { link } from "./link.ts";
import { LINKED, PLAIN } from "./linked_module.ts";
import { traceOrigins, withOrigins } from "./origins.ts";

/** Imports a module of the user's, as Deno itself evaluates `import(specifier)` in the module at the URL `from`. */
export async function importLinked(
  specifier: string,
  from: string,
  options?: ImportCallOptions,
  edition = PLAIN,
): Promise<Exports> {
  traceOrigins();
  try {
    return await import(await link(specifier, { url: from, edition }), options);
  } catch (error) {
    if (error instanceof Error) {
      const message = withOrigins(error.message);
      if (message !== error.message) error.message = message;
    }
    throw error;
  }
}

/**
 * Called by a rewritten module, with the name of its file in memory: makes its `import.meta` that of the user's file,
 * and returns what is called in the place of `import()`.
 */
export function adopt(meta: ImportMeta, name: string): (specifier: unknown, options?: ImportCallOptions) => unknown {
  const { url, edition } = LINKED.get(name)!;
  const filename = filePath(url);
  const { resolve } = meta;
  Object.assign(meta, {
    url,
    filename,
    dirname: filename.slice(0, filename.lastIndexOf("/")) || "/",
    resolve: (specifier: string) => /^\.{0,2}\//.test(specifier) ? new URL(specifier, url).href : resolve(specifier),
  });
  return (specifier, options) => importLinked(String(specifier), url, options, edition);
}
