/**
 * The text as one word for a POSIX shell: as it is, if the shell would take it so, else in quotation marks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(quoteForShell("@/home/me/payload.json"), "@/home/me/payload.json");
 * assert.equal(quoteForShell("@/home/me/case 1.json"), "'@/home/me/case 1.json'");
 * ```
 */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
