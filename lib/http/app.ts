/**
 * The routes.
 * @module
 */
import { Hono } from "hono";
import { DOCUMENTS } from "../workers/protocol/heads.ts";
import type { Pool } from "../workers/pool/pool.ts";
import { apiPage } from "./api_page.ts";
import { answerCall, type Caller } from "./call.ts";
import { fetchDocuments } from "./documents.ts";
import { errorResponse, jsonResponse } from "./responses.ts";

/** What the routes are made of. */
export interface AppOptions extends Caller {
  readonly pool: Pick<Pool, "call" | "ready">;
  /** The names of the endpoints that the module has. */
  readonly endpoints: readonly string[];
}

/**
 * The application: a function from requests to responses. Health and documents are answered here; calls by workers.
 *
 * A trailing slash is the same path; HEAD answers as GET (both are Hono's doing).
 */
export function createApp(options: AppOptions): Hono {
  const app = new Hono({ strict: false });
  const { pool, log } = options;
  const documents = fetchDocuments(options);

  const get = (path: string, answer: (request: Request) => Response | Promise<Response>) => {
    app.get(path, (c) => answer(c.req.raw));
    app.all(path, () => methodNotAllowed("GET"));
  };
  get("/health", () => jsonResponse(200, '{"status":"ok"}'));
  get("/health/live", () => jsonResponse(200, '{"status":"ok"}'));
  get("/health/ready", () => jsonResponse(pool.ready ? 200 : 503, `{"status":"${pool.ready ? "ok" : "unavailable"}"}`));
  for (const name of DOCUMENTS) get(`/${name}`, () => documents(name));
  get("/docs", (request) => apiPage(request.headers.get("accept-encoding")));

  for (const endpoint of options.endpoints) {
    const path = `/${endpoint}`;
    app.post(path, (c) => answerCall(options, endpoint, c.req.raw));
    app.all(path, () => methodNotAllowed("POST"));
  }
  app.notFound(() => errorResponse(404, "Not Found"));
  app.onError((error) => {
    log(`${error.stack ?? error}\n`);
    return errorResponse(500, "Internal Server Error");
  });
  return app;
}

function methodNotAllowed(allow: string): Response {
  return errorResponse(405, "Method Not Allowed", { allow });
}
