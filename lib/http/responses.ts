/**
 * Responses that are not answers of a worker.
 * @module
 */

/** Older versions of Deno compress answers by themselves, in the process that must stay responsive, if not told so. */
const NOT_COMPRESSED = /^2\.[0-8]\./.test(Deno.version.deno) ? { "cache-control": "no-transform" } : {};

/** The headers of a body of this type. */
export function contentHeaders(contentType: string): Record<string, string> {
  return { "content-type": contentType, ...NOT_COMPRESSED };
}

const JSON_HEADERS = contentHeaders("application/json");

const encoder = new TextEncoder();

/** JSON, as text or bytes that are JSON already. Its length is said, so that HEAD says it too. */
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
