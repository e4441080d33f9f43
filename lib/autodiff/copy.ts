/**
 * The differentiated copy of a user module: its files rewritten, and imported from memory.
 * @module
 */
import { definitionIn } from "../api/definition.ts";
import { fileUrl } from "../api/file_url.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { importLinked } from "../api/transpile/import_linked.ts";
import type { Edition } from "../api/transpile/linked_module.ts";
import { rewriteModule } from "./rewrite/rewrite_module.ts";

/** The copy of `apply`, and what `this` is in it. */
export interface Copy {
  readonly apply: unknown;
  readonly self: unknown;
}

const copies = new WeakMap<TesseractModule, Promise<Copy>>();

/** The copy of a module, made when it is first asked for. Throws a `SyntaxError` for what cannot be followed. */
export function copyOf(module: TesseractModule): Promise<Copy> {
  let copy = copies.get(module);
  if (!copy) {
    copy = makeCopy(module.file);
    copies.set(module, copy);
    copy.catch(() => copies.delete(module));
  }
  return copy;
}

async function makeCopy(file: string): Promise<Copy> {
  const edition: Edition = {
    byUrl: new Map(),
    rewrite: (code, url, originOf) => Promise.resolve(rewriteModule(code, url, originOf)),
  };
  const url = fileUrl(file);
  const self = definitionIn(await importLinked(url, url, undefined, edition));
  return { apply: self["apply"], self };
}
