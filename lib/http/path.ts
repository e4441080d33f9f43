/** Before the path of a URL stand its scheme, `http://` or `https://`, and its host, which has no slash in it. */
const AFTER_SCHEME = "http://".length;

/**
 * The path of a request's URL, without a query, and without a slash at its end: `/health/` is the same as `/health`,
 * and so is `/%68ealth` (RFC 3986, 6.2.2.2).
 */
export function pathOf(url: string): string {
  const start = url.indexOf("/", AFTER_SCHEME + 1);
  if (start < 0) return "/";
  let end = url.indexOf("?", start);
  if (end < 0) end = url.length;
  if (url[end - 1] === "/" && end - start > 1) end--;
  const path = url.slice(start, end);
  return path.includes("%") ? decode(path) : path;
}

function decode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path; // It is malformed, and so no route.
  }
}
