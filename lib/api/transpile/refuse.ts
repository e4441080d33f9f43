import { syntaxError } from "./source_position.ts";
import { tokensOf } from "./tokens.ts";

/** Matches texts that may contain a namespace or decorator. To tokenize every text would double the time. */
const SUSPECT = /\b(?:namespace|module)\s+[\w$.]+\s*\{|(?:^|[;{}(,]|export|default)\s*@[\w$(]/m;

/** Where modules are rewritten by this program. */
const PLACES = "in the compiled program, in derivatives, and where a package is imported by its bare name";

/**
 * Throws a `SyntaxError` with the position of the first namespace or decorator. Both are more than types: sucrase would
 * drop a namespace with its content, and leave decorators to an engine that does not support them.
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
  for (const [i, token] of tokens.entries()) {
    const { label, raw, isType } = token;
    if (label.endsWith("{")) depth++;
    if (label === "}") depth--;
    if (label === "@") {
      throw syntaxError(`decorators are not supported ${PLACES}`, url, token);
    }
    // Only those on the top level: nested ones are refused, or declared, with the outer one.
    if (depth > 0 || !isType || (raw !== "namespace" && raw !== "module")) continue;
    const [before, after] = [tokens[i - 1], tokens[i + 1]];
    if (before?.label === "declare" || after?.label !== "name" || !after.isType) continue;
    const message = `${raw} ${after.raw} is not supported ${PLACES}; use a module of its own`;
    throw syntaxError(message, url, token);
  }
}
