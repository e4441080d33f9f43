/**
 * What `GET /metrics` shows, in Prometheus's text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats).
 * @module
 */
import { BUCKETS, type Counts, type Durations, type RouteCounts } from "./counts.ts";
import { contentHeaders } from "./responses.ts";

const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The response to `GET /metrics`. `active`: how many requests are being read or computed; `queued`: how many calls wait
 * for a worker; `restarts`: how many workers were replaced.
 */
export function metricsResponse(counts: Counts, active: number, queued: number, restarts: number): Response {
  const { routes, received, sent } = counts;
  const histogram = (name: string, help: string, durationsOf: (route: RouteCounts) => Durations) => {
    const samples = [...routes].flatMap(([route, counts]) => histogramOf(`endpoint="${route}"`, durationsOf(counts)));
    return metric(name, "histogram", help, samples);
  };
  const requests = [...routes].flatMap(([route, { statuses }]) =>
    [...statuses].map(([code, count]) => `{endpoint="${route}",code="${code}"} ${count}`)
  );
  const single = (name: string, type: string, help: string, value: number) => metric(name, type, help, [` ${value}`]);
  const metrics = [
    metric(
      "tesseract_requests_total",
      "counter",
      "Requests that were answered, by endpoint and status code.",
      requests,
    ),
    histogram("tesseract_run_seconds", "Time from a worker's getting a call to its answer.", ({ run }) => run),
    histogram(
      "tesseract_queue_seconds",
      "Time from the arrival of a call to a worker's getting it.",
      ({ queue }) => queue,
    ),
    single("tesseract_received_bytes_total", "counter", "Bytes of the bodies of calls.", received),
    single("tesseract_sent_bytes_total", "counter", "Bytes of the bodies of answers.", sent),
    single("tesseract_worker_restarts_total", "counter", "Workers that ended and were replaced.", restarts),
    single("tesseract_requests_in_flight", "gauge", "Requests that are being read or computed.", active),
    single("tesseract_queue_length", "gauge", "Calls that wait for a worker.", queued),
  ];
  return new Response(metrics.join("\n"), { headers: contentHeaders(TYPE) });
}

/** A metric with its samples: what follows the name on the line of each. Names of endpoints need no escapes. */
function metric(name: string, type: string, help: string, samples: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => name + sample), ""].join("\n");
}

/** The samples of a histogram; none as long as nothing was counted. The count of a bucket includes those before it. */
function histogramOf(label: string, { counts, sum }: Durations): string[] {
  let count = 0;
  const buckets = [...BUCKETS, "+Inf"].map((bound, i) => `_bucket{le="${bound}",${label}} ${count += counts[i]!}`);
  return count === 0 ? [] : [...buckets, `_sum{${label}} ${sum}`, `_count{${label}} ${count}`];
}
