/**
 * Who is told of each request that was answered: the metrics and the access log.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Exchange } from "./exchange.ts";
import type { Log } from "./log.ts";
import type { Metrics, ServerState } from "./metrics.ts";
import { pathOf } from "./path.ts";

/** Milliseconds after the server began to listen. */
const LOAD_AFTER = 500;

/** Tells the metrics and the log. */
export class Observer {
  #metrics: Metrics | undefined;
  /** What happened before the metrics were loaded. */
  readonly #early: [Exchange, number][] = [];

  constructor(private readonly log: Log, private readonly state: () => ServerState) {}

  /** Loads the metrics, which takes 50 ms: not just when the first request is likely to come. */
  loadSoon(): void {
    // It fails where there are too many open files: then it is tried again.
    Deno.unrefTimer(setTimeout(() => void this.#load().catch(() => this.loadSoon()), LOAD_AFTER));
  }

  async #load(): Promise<Metrics> {
    if (this.#metrics !== undefined) return this.#metrics;
    const { createMetrics } = await importLater<typeof import("./metrics.ts")>("http/metrics.ts");
    this.#metrics ??= createMetrics(this.state);
    for (const [exchange, status] of this.#early.splice(0)) this.#metrics.observe(exchange, status);
    return this.#metrics;
  }

  /** A request was answered. */
  observe(exchange: Exchange, status: number): void {
    if (this.#metrics === undefined) this.#early.push([exchange, status]);
    else this.#metrics.observe(exchange, status);
    if (this.log.access === undefined) return;
    const { request, runId, traceparent, seconds, bytesIn, bytesOut } = exchange;
    const path = pathOf(request.url);
    this.log.access({ method: request.method, path, status, seconds, bytesIn, bytesOut, runId, traceparent });
  }

  /** A long run has had a worker: after so many seconds, for so many. */
  ran(endpoint: string, queueSeconds: number, runSeconds: number): void {
    void this.#load().then((metrics) => metrics.ran(endpoint, queueSeconds, runSeconds)).catch(() => {});
  }

  /** The response to `GET /metrics`. */
  async respond(): Promise<Response> {
    const { text, contentType } = await (await this.#load()).write();
    return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-transform" } });
  }
}
