/**
 * The pages for people: the component's own page at `/`, a folder of plain files, and the API reference at `/docs`, one
 * document made by tools/api_page.ts. They load nothing but `openapi.json`, and call the endpoints.
 * @module
 */
import { contentHeaders } from "./responses.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** The files of the component's page: `/` is index.html, which refers to the others as `page/<name>`. */
export function pageFiles(): string[] {
  return [...Deno.readDirSync(new URL("page/", import.meta.url))].map(({ name }) => name);
}

/** Nothing from other servers, no inline scripts or styles, and no frame may show the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The compressed files by name; each is read at its first request. */
const kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** The API reference page; compressed if the client accepts gzip. */
export async function apiPage(acceptEncoding: string | null): Promise<Response> {
  return await sent("api_page.html.gz", "html", acceptEncoding, {});
}

/** A file of the component's page; compressed if the client accepts gzip. */
export async function pageFile(name: string, acceptEncoding: string | null): Promise<Response> {
  const type = name.slice(name.lastIndexOf(".") + 1);
  return await sent(`page/${name}`, type, acceptEncoding, {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache, no-transform",
  });
}

async function sent(
  name: string,
  type: string,
  acceptEncoding: string | null,
  others: Readonly<Record<string, string>>,
): Promise<Response> {
  if (!kept.has(name)) kept.set(name, readCompressed(name));
  const compressed = await kept.get(name)!;
  const headers = { ...contentHeaders(TYPES[type]!), vary: "accept-encoding", ...others };
  if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(acceptEncoding ?? "")) {
    return new Response(compressed, {
      headers: { ...headers, "content-encoding": "gzip", "content-length": String(compressed.length) },
    });
  }
  return new Response(new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip")), { headers });
}

async function readCompressed(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(new URL(name, import.meta.url));
  if (name.endsWith(".gz")) return bytes;
  return await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
}
