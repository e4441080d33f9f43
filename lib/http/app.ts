/**
 * The routes: a function from requests to responses.
 * @module
 */
import { Hono } from "hono";
import type { Pool } from "../workers/pool/pool.ts";
import { DOCUMENTS } from "../workers/protocol/messages.ts";
import { type AccessRules, createAccess } from "./access.ts";
import { apiPage, pageFile, pageFiles } from "./api_page.ts";
import { type CallOptions, createCalls } from "./call.ts";
import { discardBody } from "./discard_body.ts";
import { createDocuments } from "./documents.ts";
import { Exchange } from "./exchange.ts";
import { pathOf } from "./path.ts";
import { errorResponse, jsonResponse, methodNotAllowed } from "./responses.ts";
import type { UmBridge } from "./umbridge.ts";

/** What the routes are made of. */
export interface AppOptions extends CallOptions {
  readonly pool: Pick<Pool, "call" | "ready">;
  /** The names of the endpoints that the module has, and of UM-Bridge's operations. */
  readonly endpoints: readonly string[];
  readonly access: AccessRules;
  /** Is the component's own page at `/`? By default it is; without it `/` leads to `/docs`. */
  readonly page?: boolean;
  /** Missing: UM-Bridge clients are not served. */
  readonly umbridge?: UmBridge | undefined;
  /** Are the documents made now, before the first call is queued? By default when a client first asks for them. */
  readonly documentsNow?: boolean;
  /** Was the server told to stop? Then `/health/ready` is 503, and each connection is closed after its answer. */
  readonly isStopping?: () => boolean;
  /** The metrics in Prometheus's text format. */
  readonly metrics?: () => Response;
  /** Called with the status of an answer when the last byte of its body was handed over for sending. */
  readonly observe?: (exchange: Exchange, status: number) => void;
}

/** The application. */
export interface App {
  readonly fetch: (request: Request) => Promise<Response>;
  /** How many requests are being read or computed; those whose answer is being sent do not count. */
  readonly active: number;
  /** How many requests have arrived so far. */
  readonly count: number;
  /** Called whenever `active` becomes 0. */
  onIdle: () => void;
}

/** Makes the application. Health and documents are answered here; calls by workers. */
export function createApp(options: AppOptions): App {
  const access = createAccess(options.access);
  const { umbridge } = options;
  const answerCall = createCalls(options);
  const routes = otherRoutes(options);
  const endpoints = new Map(options.endpoints.map((endpoint) => [`/${endpoint}`, endpoint]));

  function answer(exchange: Exchange): Response | Promise<Response> {
    const { request } = exchange;
    const refused = access.refuse(request);
    if (refused !== undefined) return refused;
    const path = pathOf(request.url);
    const endpoint = endpoints.get(path);
    exchange.route = endpoint ?? (routes.paths.has(path) ? path.slice(1) : "other");
    // Calls are frequent and small, so they bypass Hono's router.
    if (endpoint !== undefined && request.method === "POST") {
      return (umbridge?.has(path) ? umbridge.answerCall : answerCall)(endpoint, exchange);
    }
    if (options.longRuns !== undefined && (path === "/runs" || path.startsWith("/runs/"))) {
      exchange.route = "runs";
      return options.longRuns.answer(path, exchange);
    }
    return routes.hono.fetch(request);
  }

  const app: App & { active: number; count: number } = {
    active: 0,
    count: 0,
    onIdle: () => {},
    async fetch(request) {
      const exchange = new Exchange(request);
      app.active++;
      app.count++;
      let response: Response;
      try {
        response = await answer(exchange);
        if (umbridge?.has(pathOf(request.url))) response = await umbridge.translate(response);
      } catch (error) {
        options.log.error(error instanceof Error ? error.stack ?? error.message : String(error), exchange);
        response = errorResponse(500, "Internal Server Error");
      }
      if (response.status >= 400 && await discardBody(exchange)) response.headers.set("connection", "close");
      if (--app.active === 0) app.onIdle();
      access.allow(request, response);
      if (options.isStopping?.()) response.headers.set("connection", "close");
      if (options.observe) exchange.whenSent(response, options.observe);
      return response;
    },
  };
  return app;
}

/** The routes other than calls. Hono ignores a trailing slash, and answers HEAD as GET. */
function otherRoutes(options: AppOptions): { hono: Hono; paths: ReadonlySet<string> } {
  const hono = new Hono({ strict: false });
  const paths = new Set<string>();
  const get = (path: string, answer: (request: Request) => Response | Promise<Response>) => {
    paths.add(path);
    hono.get(path, (c) => answer(c.req.raw));
    hono.all(path, () => methodNotAllowed("GET"));
  };
  const status = (isOk: boolean) => jsonResponse(isOk ? 200 : 503, `{"status":"${isOk ? "ok" : "unavailable"}"}`);
  const documents = createDocuments(options);
  get("/health", () => status(true));
  get("/health/live", () => status(true));
  get("/health/ready", () => status(options.pool.ready && !options.isStopping?.()));
  for (const name of DOCUMENTS) {
    get(`/${name}`, () => documents(name));
    if (options.documentsNow) void documents(name);
  }
  const encodings = (request: Request) => request.headers.get("accept-encoding");
  if (options.page ?? true) {
    get("/", (request) => pageFile("index.html", encodings(request)));
    for (const name of pageFiles()) get(`/page/${name}`, (request) => pageFile(name, encodings(request)));
  } else {
    get("/", () => new Response(null, { status: 307, headers: { location: "docs" } }));
  }
  get("/docs", (request) => apiPage(encodings(request)));
  if (options.metrics) get("/metrics", options.metrics);
  if (options.umbridge) get("/Info", options.umbridge.info);
  for (const endpoint of options.endpoints) hono.all(`/${endpoint}`, () => methodNotAllowed("POST"));
  hono.notFound(() => errorResponse(404, "Not Found"));
  hono.onError((error) => {
    throw error;
  });
  return { hono, paths };
}
