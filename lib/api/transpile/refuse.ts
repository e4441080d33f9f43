/**
 * TypeScript that is more than types. Sucrase drops a namespace with all that is in it, and leaves decorators to a
 * run-time that does not know them.
 * @module
 */
import { getFormattedTokens } from "sucrase";
import { syntaxError } from "./place.ts";

const SUSPECT = /\b(?:namespace|module)\b|@/;

/**
 * Throws a `SyntaxError` that names the place of the first namespace or decorator.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * refuse("declare namespace A {} // types only", "file:///home/me/a.ts");
 * assert.throws(() => refuse("const x = 1;\n export namespace A {}", "file:///home/me/a.ts"), {
 *   name: "SyntaxError",
 *   message: /^namespace A .*\n {4}at file:\/\/\/home\/me\/a\.ts:2:9$/,
 * });
 * ```
 */
export function refuse(source: string, url: string): void {
  if (!SUSPECT.test(source)) return;
  let depth = 0;
  const tokens = tokensOf(source);
  for (const [i, { label, raw, isType, ...place }] of tokens.entries()) {
    if (label.endsWith("{")) depth++;
    if (label === "}") depth--;
    if (label === "@") {
      throw syntaxError("decorators are not supported in the compiled program", url, place);
    }
    const [before, after] = [tokens[i - 1], tokens[i + 1]];
    // What stands in another is refused or declared with it.
    if (
      depth === 0 && isType && (raw === "namespace" || raw === "module") && before?.label !== "declare" &&
      after?.label === "name" && after.isType
    ) {
      throw syntaxError(
        `${raw} ${after.raw} is not supported in the compiled program; export from a module instead`,
        url,
        place,
      );
    }
  }
}

interface Token {
  readonly line: number;
  readonly column: number;
  readonly label: string;
  /** Its text; a long one is cut. */
  readonly raw: string;
  /** Does the token go with the types? */
  readonly isType: boolean;
}

/** Sucrase's tokens, which it gives to others as a table only. */
function tokensOf(source: string): Token[] {
  const table = getFormattedTokens(source, { transforms: ["typescript"] });
  return [...table.matchAll(/^(\d+):(\d+)-\S+ +(\S+) +(\S*)(.*)$/gm)].map(([, line, column, label, raw, flags]) => ({
    line: Number(line),
    column: Number(column),
    label: label!,
    raw: raw!,
    isType: /\bisType\b/.test(flags!),
  }));
}
