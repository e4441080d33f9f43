/**
 * File paths as URLs and back. (`node:url` costs 10 ms of start-up.)
 * @module
 */

/** The `file:` URL of a path; a relative one starts at the current directory. */
export function fileUrl(path: string): string {
  const url = new URL("file:///");
  // Characters that a URL would interpret or remove.
  url.pathname = (path.startsWith("/") ? path : `${Deno.cwd()}/${path}`)
    .replace(/[%\\\n\r\t]/g, (character) => encodeURIComponent(character));
  return url.href;
}

/** The absolute path of a `file:` URL. */
export function filePath(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}
