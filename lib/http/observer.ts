/**
 * Records each answered request in the counts for the metrics, and in the access log.
 * @module
 */
import { Counts } from "./counts.ts";
import type { Exchange } from "./exchange.ts";
import type { Log } from "./log.ts";
import { METRICS_TYPE, metricsText, type ServerState } from "./metrics.ts";
import { pathOf } from "./path.ts";
import { contentHeaders } from "./responses.ts";

/** Counts and logs requests, and writes the metrics. */
export class Observer {
  readonly #counts = new Counts();

  constructor(private readonly log: Log, private readonly state: () => ServerState) {}

  /** A request was answered. */
  observe(exchange: Exchange, status: number): void {
    this.#counts.add(exchange, status);
    if (this.log.access === undefined) return;
    const { request, runId, traceparent, seconds, bytesIn, bytesOut } = exchange;
    const path = pathOf(request.url);
    this.log.access({ method: request.method, path, status, seconds, bytesIn, bytesOut, runId, traceparent });
  }

  /** A long run was computed: how many seconds it was queued, and how many it ran. */
  ran(endpoint: string, queueSeconds: number, runSeconds: number): void {
    this.#counts.ran(endpoint, queueSeconds, runSeconds);
  }

  /** The response to `GET /metrics`. */
  respond(): Response {
    return new Response(metricsText(this.#counts, this.state()), { headers: contentHeaders(METRICS_TYPE) });
  }
}
