/**
 * Responses that are not answers of a worker.
 * @module
 */

/** Deno before 2.5 compresses answers by itself, and would do it in the process that must stay responsive. */
const HEADERS = { "content-type": "application/json", "cache-control": "no-transform" };

/** JSON, as text or bytes that are JSON already. */
export function jsonResponse(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...HEADERS, ...headers } });
}

/** An error, as every client expects it: `{"detail": …}`. */
export function errorResponse(status: number, detail: unknown, headers?: Readonly<Record<string, string>>): Response {
  return jsonResponse(status, JSON.stringify({ detail }), headers);
}
