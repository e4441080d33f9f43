/**
 * Records each answered request in the counts for the metrics, and in the access log.
 * @module
 */
import { importLater } from "../import_later.ts";
import { Counts } from "./counts.ts";
import type { Exchange } from "./exchange.ts";
import type { Log } from "./log.ts";
import type { ServerState, WriteMetrics } from "./metrics.ts";
import { pathOf } from "./path.ts";

/** Milliseconds from when the server begins to listen to when metrics.ts is loaded. */
const LOAD_AFTER = 500;

/** Counts and logs requests, and writes the metrics. */
export class Observer {
  readonly #counts = new Counts();
  #write: WriteMetrics | undefined;

  constructor(private readonly log: Log, private readonly state: () => ServerState) {}

  /** Loads metrics.ts, which takes 50 ms: a little later, as the first request is likely to come at once. */
  loadSoon(): void {
    // It fails where there are too many open files: then it is tried again.
    Deno.unrefTimer(setTimeout(() => void this.#load().catch(() => this.loadSoon()), LOAD_AFTER));
  }

  async #load(): Promise<WriteMetrics> {
    if (this.#write !== undefined) return this.#write;
    const { createMetrics } = await importLater<typeof import("./metrics.ts")>("http/metrics.ts");
    return this.#write ??= createMetrics(this.#counts, this.state);
  }

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
  async respond(): Promise<Response> {
    const { text, contentType } = await (await this.#load())();
    return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-transform" } });
  }
}
