import { createApp } from "../../lib/http/app.ts";
import type { CallHead } from "../../lib/workers/protocol/messages.ts";
import type { AccessRules } from "../../lib/http/access.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/http/limits.ts";
import { createLog } from "../../lib/http/log.ts";
import type { PoolAnswer, PoolCall } from "../../lib/workers/pool/pool.ts";

export const encoder = new TextEncoder();
const OK = JSON.stringify({ status: 200, contentType: "application/json" });

async function bytesOf(body: PoolCall["body"]): Promise<Uint8Array<ArrayBuffer>> {
  const stream = body instanceof Uint8Array ? [body] : body;
  return new Uint8Array(await new Response(ReadableStream.from(stream)).arrayBuffer());
}

interface Options {
  readonly debug?: boolean;
  readonly limits?: Partial<Limits>;
  readonly access?: Partial<AccessRules>;
}

/** An app whose workers send the body back; what they were asked, and what went to stderr. */
export function echo(
  answer?: (call: PoolCall) => PoolAnswer | Promise<PoolAnswer>,
  { debug = false, limits = {}, access = {} }: Options = {},
) {
  const heads: CallHead[] = [];
  const logged: string[] = [];
  const observed: [string, number][] = [];
  const pool = {
    ready: true,
    async call(call: PoolCall): Promise<PoolAnswer> {
      const head = JSON.parse(call.head);
      if ("document" in head) return { head: OK, body: encoder.encode(JSON.stringify({ document: head.document })) };
      heads.push(head);
      return answer === undefined ? { head: OK, body: await bytesOf(call.body) } : await answer(call);
    },
  };
  const app = createApp({
    pool,
    endpoints: ["apply"],
    format: "json",
    compression: "none",
    debug,
    limits: { ...DEFAULT_LIMITS, ...limits },
    access: { apiKey: undefined, corsOrigins: [], ...access },
    isStopping: () => false,
    metrics: () => new Response(""),
    observe: ({ route }, status) => observed.push([route, status]),
    log: createLog("text", (text) => Promise.resolve(void logged.push(text))),
  });
  const request = (path: string, init?: RequestInit) => app.fetch(new Request(`http://localhost${path}`, init));
  const post = (body: BodyInit, headers: Record<string, string> = {}, path = "/apply") =>
    request(path, {
      method: "POST",
      body,
      headers: typeof body === "string" ? { "content-length": String(body.length), ...headers } : headers,
    });
  return { request, pool, heads, logged, observed, post };
}

/** The timer that looks at bodies that are waited for ends a moment after the last of them. */
export const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
