/**
 * Who may call: the checks made of every request before anything else looks at it.
 * @module
 */
import { errorResponse } from "./responses.ts";
import { pathOf } from "./path.ts";
import { remember } from "./remember.ts";

/** Whom an operator lets in. */
export interface AccessRules {
  /** The key that callers must show; `undefined`: none is needed. */
  readonly apiKey: string | undefined;
  /** The other sites whose pages may call, such as `https://example.org`; `*` means all. */
  readonly corsOrigins: readonly string[];
}

/** The answer to a preflight request: what pages of other sites may send. Browsers may cache it for an hour. */
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, POST, DELETE",
  "access-control-allow-headers":
    "authorization, content-type, content-encoding, last-event-id, prefer, traceparent, x-api-key",
  "access-control-max-age": "3600",
};

/** Makes the checks. `/health` is open to everyone, and the static pages need no key. */
export function createAccess({ apiKey, corsOrigins }: AccessRules) {
  const allowed = new Set(corsOrigins.map((origin) => origin.replace(/\/$/, "").toLowerCase()));
  const isAllowed = (origin: string) => allowed.has("*") || allowed.has(origin.toLowerCase());
  const keyMatches = apiKey === undefined ? undefined : keyCheck(apiKey);
  return {
    /** The response to a request that must not go on. */
    refuse(request: Request): Response | undefined {
      const { headers } = request;
      const host = headers.get("host");
      if (host !== null && !isValidHost(host)) return errorResponse(400, "The Host header is malformed");
      // RFC 9112, 3.2.2: the request line may name the host itself.
      if (!request.url.startsWith(`http://${host}/`) && !URL.canParse(request.url)) {
        return errorResponse(400, "The host in the request line is malformed");
      }
      const origin = headers.get("origin");
      if (origin === null && keyMatches === undefined) return undefined;
      const path = pathOf(request.url);
      const isHealth = path.startsWith("/health");
      if (origin !== null && !isSame(origin, host)) {
        if (!isAllowed(origin)) {
          return isHealth ? undefined : errorResponse(403, "Pages of other sites may not call this server");
        }
        if (request.method === "OPTIONS" && headers.has("access-control-request-method")) {
          return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
        }
      }
      if (isHealth || keyMatches === undefined || isPublic(path) || keyMatches(headers)) return undefined;
      const detail = "This server needs a key: send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'";
      return errorResponse(401, detail, { "www-authenticate": "Bearer" });
    },
    /** Lets a page of an allowed site read the response. */
    allow({ headers }: Request, response: Response): void {
      if (allowed.size === 0) return;
      const origin = headers.get("origin");
      if (origin === null || !isAllowed(origin)) return;
      response.headers.set("access-control-allow-origin", origin);
      response.headers.set("access-control-expose-headers", "location, preference-applied, retry-after");
      response.headers.append("vary", "origin");
    },
  };
}

/** The static pages, which contain no data: they fetch it with the key that their user enters. */
const isPublic = (path: string): boolean => path === "/" || path === "/docs" || path.startsWith("/page/");

/** Is the page that sent the request one of this server, such as its API reference? Browsers name it in `Origin`. */
function isSame(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** RFC 9110, 7.2: `Host = uri-host [ ":" port ]`, and a request with another form "MUST" be answered by 400. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::(\d*))?$/i;

/** Deno makes the URL of a request from its Host header and its path: `Host: x/apply?` would change the path. */
const isValidHost = remember((host) => HOST.test(host) && URL.canParse(`http://${host}/`));

/** Compares keys in constant time: how long it takes does not depend on how much of a key is right. */
function keyCheck(apiKey: string): (headers: Headers) => boolean {
  const encoder = new TextEncoder();
  const expected = encoder.encode(apiKey);
  const matches = (text: string) => {
    const given = encoder.encode(text);
    let difference = given.length ^ expected.length;
    for (let i = 0; i < expected.length; i++) difference |= expected[i]! ^ (given[i] ?? 0);
    return difference === 0;
  };
  return (headers) => {
    const bearer = /^bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    const key = headers.get("x-api-key");
    return bearer !== undefined && matches(bearer) || key !== null && matches(key);
  };
}
