/** Before the path of a URL stand its scheme, `http://` or `https://`, and its host, which has no slash in it. */
const AFTER_SCHEME = "http://".length;

/** The path of a request's URL, without a query, and without a slash at its end: `/health/` is the same as `/health`. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", AFTER_SCHEME + 1);
  if (start < 0) return "/";
  let end = url.indexOf("?", start);
  if (end < 0) end = url.length;
  if (url[end - 1] === "/" && end - start > 1) end--;
  return url.slice(start, end);
}
