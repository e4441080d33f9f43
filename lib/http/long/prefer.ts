/**
 * The `Prefer` header (RFC 7240).
 * @module
 */

/** Longer headers are ignored. */
const LONGEST = 1000;
/** A longer wait is cut to this, in seconds. */
const LONGEST_WAIT = 86_400;

/** One preference, up to a comma outside of quoted strings. A string that is not closed goes on to the end. */
const PREFERENCE = /(?:"(?:\\.|[^"\\])*\\?(?:"|$)|[^,"])+/g;
/** The name and value of a preference; its parameters, which may follow, are ignored. */
const NAME_AND_VALUE = /^\s*([^\s=;"]+)\s*(?:=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))\s*)?(?:;|$)/;

function preference(header: string | null, name: string): string | undefined {
  if (header === null || header.length > LONGEST) return undefined;
  for (const part of header.match(PREFERENCE) ?? []) {
    const [, token = "", quoted, value = ""] = NAME_AND_VALUE.exec(part) ?? [];
    // "If any preference is specified more than once, only the first instance is to be considered."
    if (token.toLowerCase() === name) return quoted?.replace(/\\(.)/g, "$1") ?? value;
  }
  return undefined;
}

/**
 * Does the client want to be answered before its call has ended?
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(prefersAsync("respond-async, wait=10"), true);
 * assert.equal(prefersAsync("return=minimal"), false);
 * assert.equal(prefersAsync('note="not, respond-async, but this"'), false);
 * ```
 */
export const prefersAsync = (header: string | null): boolean => preference(header, "respond-async") !== undefined;

/**
 * The seconds that the client would wait for an answer; 0 if it does not say.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(preferredWait("wait=30"), 30);
 * assert.equal(preferredWait(null), 0);
 * assert.equal(preferredWait("wait=soon"), 0);
 * ```
 */
export function preferredWait(header: string | null): number {
  const value = preference(header, "wait");
  return value !== undefined && /^\d+$/.test(value) ? Math.min(Number(value), LONGEST_WAIT) : 0;
}
