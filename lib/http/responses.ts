/**
 * Responses that are not answers of a worker.
 * @module
 */

/** Deno before 2.9 compresses responses itself unless told not to, which would slow the server process down. */
const NOT_COMPRESSED = /^2\.[0-8]\./.test(Deno.version.deno) ? { "cache-control": "no-transform" } : {};

/** The headers of a body of this type. */
export function contentHeaders(contentType: string): Record<string, string> {
  return { "content-type": contentType, ...NOT_COMPRESSED };
}

const JSON_HEADERS = contentHeaders("application/json");

const encoder = new TextEncoder();

/** A response of JSON, as text or bytes. It has a content-length, so that the answer to HEAD has it, too. */
export function jsonResponse(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  return new Response(bytes, {
    status,
    headers: { ...JSON_HEADERS, "content-length": String(bytes.length), ...headers },
  });
}

/** An error, as every client expects it: `{"detail": …}`. */
export function errorResponse(status: number, detail: unknown, headers?: Readonly<Record<string, string>>): Response {
  return jsonResponse(status, JSON.stringify({ detail }), headers);
}

/** The response to a method that a path does not have. `allow`: those that it has. */
export const methodNotAllowed = (allow: string): Response => errorResponse(405, "Method Not Allowed", { allow });
