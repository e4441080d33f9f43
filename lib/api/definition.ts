import { isRecord } from "../is_record.ts";
import type { Exports } from "./import_module.ts";
import { FUNCTION_NAMES } from "./tesseract.ts";

/** The names that a definition may have. */
export const DEFINITION_NAMES: readonly string[] = [
  "description",
  "InputSchema",
  "OutputSchema",
  "derivatives",
  ...FUNCTION_NAMES,
];

/** The definition in a module: its default export, or the module itself with named exports. */
export function definitionIn(exports: Exports): Exports {
  const { default: definition } = exports;
  return isRecord(definition) && (hasKnownName(definition) || !hasKnownName(exports)) ? definition : exports;
}

/** Has it any of the names of a definition? */
export function hasKnownName(exports: Exports): boolean {
  return DEFINITION_NAMES.some((name) => name in exports);
}
