/**
 * What `GET /metrics` shows, in Prometheus's text format.
 * @module
 */
import prometheus from "prom-client";
import type { Exchange } from "./exchange.ts";

// It is CommonJS, which has one export where it is bundled.
const { Counter, Gauge, Histogram, Registry } = prometheus;

/** The current state of a server. */
export interface ServerState {
  /** Requests that are being read or computed. */
  readonly active: number;
  /** Calls that wait for a worker. */
  readonly queued: number;
  /** Workers that were replaced so far. */
  readonly restarts: number;
}

/** The metrics of a server. */
export interface Metrics {
  /** Counts a request that was answered. */
  observe(exchange: Exchange, status: number): void;
  /** Counts the times of a long run. */
  ran(endpoint: string, queueSeconds: number, runSeconds: number): void;
  /** The text, and its media type. */
  write(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** Seconds: calls take from a fraction of a millisecond to hours. */
const BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600];

/** Makes the metrics of a server whose state `read` tells. */
export function createMetrics(read: () => ServerState): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const endpoint = "endpoint" as const;
  // Counted here, and by the package only when it is asked: that is a microsecond less for each request.
  const totals = { received: 0, sent: 0, requests: new Map<string, number>() };
  new Counter({
    name: "tesseract_requests_total",
    help: "Requests that were answered, by endpoint and status code.",
    labelNames: [endpoint, "code"],
    registers,
    collect() {
      this.reset();
      for (const [key, count] of totals.requests) {
        const [code = "", endpoint = ""] = key.split(" ");
        this.inc({ endpoint, code }, count);
      }
    },
  });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: [endpoint], buckets: BUCKETS, registers });
  const runTime = histogram("tesseract_run_seconds", "Time from a worker's getting a call to its answer.");
  const queueTime = histogram("tesseract_queue_seconds", "Time from the arrival of a call to a worker's getting it.");
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  counter("tesseract_received_bytes_total", "Bytes of the bodies of calls.", () => totals.received);
  counter("tesseract_sent_bytes_total", "Bytes of the bodies of answers.", () => totals.sent);
  counter("tesseract_worker_restarts_total", "Workers that ended and were replaced.", () => read().restarts);
  const gauge = (name: string, help: string, value: (state: ServerState) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(read()));
      },
    });
  gauge("tesseract_requests_in_flight", "Requests that are being read or computed.", ({ active }) => active);
  gauge("tesseract_queue_length", "Calls that wait for a worker.", ({ queued }) => queued);

  return {
    observe(exchange, status) {
      const key = `${status} ${exchange.route}`;
      totals.requests.set(key, (totals.requests.get(key) ?? 0) + 1);
      totals.received += exchange.bytesIn;
      totals.sent += exchange.bytesOut;
      const { queueSeconds, runSeconds } = exchange;
      if (queueSeconds !== undefined) queueTime.observe({ endpoint: exchange.route }, queueSeconds);
      if (runSeconds !== undefined) runTime.observe({ endpoint: exchange.route }, runSeconds);
    },
    ran(endpoint, queueSeconds, runSeconds) {
      queueTime.observe({ endpoint }, queueSeconds);
      runTime.observe({ endpoint }, runSeconds);
    },
    async write() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
