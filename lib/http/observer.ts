/**
 * Who is told of each request that was answered: the counts for the metrics, and the access log.
 * @module
 */
import { importLater } from "../import_later.ts";
import { Counts } from "./counts.ts";
import type { Exchange } from "./exchange.ts";
import type { Log } from "./log.ts";
import type { ServerState, WriteMetrics } from "./metrics.ts";
import { pathOf } from "./path.ts";

/** Milliseconds after the server began to listen. */
const LOAD_AFTER = 500;

/** Tells the counts and the log. */
export class Observer {
  readonly #counts = new Counts();
  #write: WriteMetrics | undefined;

  constructor(private readonly log: Log, private readonly state: () => ServerState) {}

  /** Loads what writes the metrics, which takes 50 ms: not just when the first request is likely to come. */
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

  /** A long run has had a worker: after so many seconds, for so many. */
  ran(endpoint: string, queueSeconds: number, runSeconds: number): void {
    this.#counts.ran(endpoint, queueSeconds, runSeconds);
  }

  /** The response to `GET /metrics`. */
  async respond(): Promise<Response> {
    const { text, contentType } = await (await this.#load())();
    return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-transform" } });
  }
}
