/**
 * What `GET /metrics` shows, in Prometheus's text format.
 * @module
 */
import prometheus, { type Metric } from "prom-client";
import { BUCKETS, type Counts, type Durations, type RouteCounts } from "./counts.ts";

// prom-client is CommonJS: when it is bundled, only its default export exists.
const { Counter, Gauge, Registry } = prometheus;

/** The current state of a server. */
export interface ServerState {
  /** Requests that are being read or computed. */
  readonly active: number;
  /** Calls that wait for a worker. */
  readonly queued: number;
  /** Workers that were replaced so far. */
  readonly restarts: number;
}

/** Writes the metrics. */
export type WriteMetrics = () => Promise<{ readonly text: string; readonly contentType: string }>;

/** Makes the metrics; `read` gives the state of the server. prom-client gets the numbers only when it writes them. */
export function createMetrics(counts: Counts, read: () => ServerState): WriteMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: "tesseract_requests_total",
    help: "Requests that were answered, by endpoint and status code.",
    labelNames: ["endpoint", "code"],
    registers,
    collect() {
      this.reset();
      for (const [endpoint, { statuses }] of counts.routes) {
        for (const [code, count] of statuses) this.inc({ endpoint, code }, count);
      }
    },
  });
  const histogram = (name: string, help: string, durations: (route: RouteCounts) => Durations) =>
    registry.registerMetric(durationsMetric(name, help, counts, durations));
  histogram("tesseract_run_seconds", "Time from a worker's getting a call to its answer.", ({ run }) => run);
  histogram(
    "tesseract_queue_seconds",
    "Time from the arrival of a call to a worker's getting it.",
    ({ queue }) => queue,
  );
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
  counter("tesseract_received_bytes_total", "Bytes of the bodies of calls.", () => counts.received);
  counter("tesseract_sent_bytes_total", "Bytes of the bodies of answers.", () => counts.sent);
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
  return async () => ({ text: await registry.metrics(), contentType: registry.contentType });
}

/** A histogram, by endpoint, of durations counted elsewhere; prom-client's own takes only single durations. */
function durationsMetric(
  name: string,
  help: string,
  { routes }: Counts,
  durationsOf: (route: RouteCounts) => Durations,
): Metric {
  const values = () =>
    [...routes].flatMap(([endpoint, route]) => {
      const { counts, sum } = durationsOf(route);
      let count = 0;
      const buckets = [...BUCKETS, "+Inf"].map((le, i) => {
        return { metricName: `${name}_bucket`, labels: { le, endpoint }, value: count += counts[i]! };
      });
      if (count === 0) return [];
      const total = (suffix: string, value: number) => ({
        metricName: `${name}_${suffix}`,
        labels: { endpoint },
        value,
      });
      return [...buckets, total("sum", sum), total("count", count)];
    });
  const get = () => Promise.resolve({ name, help, type: "histogram", values: values() });
  // The registry uses only these two properties of a metric.
  return { name, get } as unknown as Metric;
}
