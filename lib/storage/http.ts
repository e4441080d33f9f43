import type { MayFollow, Storage } from "./backend.ts";
import { answered, StorageError } from "./error.ts";
import { parseUrl } from "./location.ts";
import { readingRemote, type RemoteFile } from "./remote.ts";
import { type HttpResponse, request, RETRIES, type RetryPolicy } from "./request.ts";

/** This many redirects in a row are followed. */
const MOST_REDIRECTS = 10;

/** Files behind `http://` and `https://`, for reading. */
export function httpStorage(policy: RetryPolicy = RETRIES): Storage {
  const fileAt = (location: string, mayFollow: MayFollow = () => true): RemoteFile => ({
    location,
    policy,
    get: (headers) => get(location, headers, policy, mayFollow),
  });
  return readingRemote(fileAt);
}

async function get(
  location: string,
  headers: Readonly<Record<string, string>>,
  { silence }: RetryPolicy,
  mayFollow: MayFollow,
): Promise<HttpResponse> {
  let url = parseUrl(location);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    // Parts of a file are counted in its own bytes, not in those of a compressed form.
    const init: RequestInit = { headers: { "accept-encoding": "identity", ...headers }, redirect: "manual" };
    const response = await request({ location, url: url.href, init, silence, namedBy: "the URL" });
    if ([200, 206, 412, 416].includes(response.status)) return response;
    await response.discard();
    const next = isRedirect(response.status) ? response.headers.get("location") : null;
    if (next === null) throw faultOf(location, response.status);
    if (!URL.canParse(next, url)) throw new StorageError("failed", location, "the server redirects to an invalid URL");
    url = new URL(next, url);
    if (!/^https?:$/.test(url.protocol) || !mayFollow(url)) {
      throw new StorageError("refused", location, "the server redirects to where files may not be read from");
    }
  }
  throw new StorageError("failed", location, "the server redirects again and again");
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

function faultOf(location: string, status: number): StorageError {
  if (status === 404 || status === 410) return new StorageError("not-found", location, "there is no such file");
  if (status === 401 || status === 403) {
    return new StorageError("denied", location, `the server does not allow it (${status})`);
  }
  return new StorageError(status >= 500 || status === 429 ? "server" : "failed", location, answered(status));
}
