/**
 * The API reference page: one document, made by tools/api_page.ts, that loads nothing but `openapi.json`.
 * @module
 */
import { contentHeaders } from "./responses.ts";

const FILE = new URL("./api_page.html.gz", import.meta.url);

let page: Uint8Array<ArrayBuffer> | undefined;

/** The page; compressed if the client can undo that. */
export async function apiPage(acceptEncoding: string | null): Promise<Response> {
  const compressed = page ??= await Deno.readFile(FILE);
  const headers = { ...contentHeaders("text/html; charset=utf-8"), vary: "accept-encoding" };
  if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(acceptEncoding ?? "")) {
    return new Response(compressed, {
      headers: { ...headers, "content-encoding": "gzip", "content-length": String(compressed.length) },
    });
  }
  return new Response(new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip")), { headers });
}
