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
