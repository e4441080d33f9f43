/**
 * The imports in the text of a module, replaced.
 * @module
 */
import { parse } from "es-module-lexer";

/** The name that replaces `import` in `import(…)`; of the same length, so that columns stay the same. */
export const LOAD = "$load_";

/**
 * Replaces the specifiers of static imports by what `target` says; `offset` is where the specifier stands. A module
 * with `import(…)` or `import.meta` gets the prelude before it, in which `LOAD` is to be defined: it is called instead.
 * The columns of the first line have moved by `shift`; all else is where it was.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const code = 'import { a } from "./somewhere.ts"; a(import("./b.ts"));';
 * assert.deepEqual(await rewriteImports(code, () => Promise.resolve("./1"), "prelude; "), {
 *   code: 'prelude; import { a } from "./1"           ; a($load_("./b.ts"));',
 *   shift: 9,
 * });
 * ```
 */
export async function rewriteImports(
  text: string,
  target: (specifier: string, offset: number) => Promise<string>,
  prelude: string,
): Promise<{ readonly code: string; readonly shift: number }> {
  // A line such as `#!/usr/bin/env deno` is allowed only at the very beginning, where the prelude will be.
  let code = text.startsWith("#!") ? `//${text.slice(2)}` : text;
  let imports;
  try {
    [imports] = parse(code);
  } catch {
    return { code, shift: 0 }; // The engine will say what is wrong with it.
  }
  // Resolved from the beginning, so that the first error is reported; replaced from the end, so that offsets stay
  // valid.
  const replacements: { start: number; end: number; by: string }[] = [];
  for (const found of imports) {
    if (found.type === "dynamic") {
      replacements.push({ start: found.importStart, end: found.importStart + LOAD.length, by: LOAD });
    } else if (found.type !== "import-meta") {
      const [start, end] = [found.start - 1, found.end + 1];
      replacements.push({ start, end, by: JSON.stringify(await target(found.specifier, start)) });
    }
  }
  for (const { start, end, by } of replacements.reverse()) {
    code = code.slice(0, start) + by.padEnd(end - start) + code.slice(end);
  }
  const needsPrelude = imports.some(({ type }) => type === "dynamic" || type === "import-meta");
  return needsPrelude ? { code: prelude + code, shift: prelude.length } : { code, shift: 0 };
}
