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
  #metrics: Promise<Metrics> | undefined;
  /** What happened before the metrics were loaded. */
  #loaded: Metrics | undefined;
  #early: [Exchange, number][] = [];

  constructor(private readonly log: Log, private readonly state: () => ServerState) {}

  /** Loads the metrics, which takes 50 ms: not just when the first request is likely to come. */
  loadSoon(): void {
    Deno.unrefTimer(setTimeout(() => void this.#load(), LOAD_AFTER));
  }

  #load(): Promise<Metrics> {
    return this.#metrics ??= (async () => {
      const { createMetrics } = await importLater<typeof import("./metrics.ts")>("http/metrics.ts");
      const metrics = this.#loaded = createMetrics(this.state);
      for (const [exchange, status] of this.#early) metrics.observe(exchange, status);
      this.#early = [];
      return metrics;
    })();
  }

  /** A request was answered. */
  observe(exchange: Exchange, status: number): void {
    if (this.#loaded === undefined) this.#early.push([exchange, status]);
    else this.#loaded.observe(exchange, status);
    if (this.log.access === undefined) return;
    const { request, runId, traceparent, seconds, bytesIn, bytesOut } = exchange;
    const path = pathOf(request.url);
    this.log.access({ method: request.method, path, status, seconds, bytesIn, bytesOut, runId, traceparent });
  }

  /** The response to `GET /metrics`. */
  async respond(): Promise<Response> {
    const { text, contentType } = await (await this.#load()).write();
    return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-transform" } });
  }
}
