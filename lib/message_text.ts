/**
 * Text from outside, for use in messages.
 * @module
 */

const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A value from outside for use in a message, with its control characters escaped. As it is, a line break in it could
 * forge a second message, and a carriage return would be invisible.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(escapeControls("json\r"), "json\\r");
 * assert.equal(escapeControls("\x1b[2K"), "\\u001b[2K");
 * ```
 */
export function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f]/g,
    (char) => NAMES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The text; of a longer one its beginning, cut between characters.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(cut("step 1", 6), "step 1");
 * assert.equal(cut("step 10", 6), "step 1…");
 * assert.equal(cut("x\u{1F600}", 2), "x…");
 * ```
 */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  // A cut between the two halves of a surrogate pair leaves out the first half, too.
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}
