/**
 * Counts of requests and responses: plain numbers, because they are updated at each request.
 * @module
 */
import type { Exchange } from "./exchange.ts";

/** Seconds: calls take from a fraction of a millisecond to hours. */
export const BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600];

/** How long something took, each time: a histogram. */
export class Durations {
  /** How many durations fall in each bucket: above the bound before, at most its own; the last ones are above all. */
  readonly counts: number[] = Array(BUCKETS.length + 1).fill(0);
  sum = 0;

  add(seconds: number): void {
    let i = 0;
    while (i < BUCKETS.length && seconds > BUCKETS[i]!) i++;
    this.counts[i]!++;
    this.sum += seconds;
  }
}

/** The requests of one route. */
export class RouteCounts {
  /** How many were answered with this status. */
  readonly statuses = new Map<number, number>();
  /** The time until a worker got the call, and from then to its answer. */
  readonly queue = new Durations();
  readonly run = new Durations();
}

/** All requests of a server. */
export class Counts {
  /** By the name of the route. */
  readonly routes = new Map<string, RouteCounts>();
  /** Bytes of bodies. */
  received = 0;
  sent = 0;

  /** Counts a request that was answered. */
  add(exchange: Exchange, status: number): void {
    const { route, queueSeconds, runSeconds } = exchange;
    const counts = this.#of(route);
    counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1);
    if (queueSeconds !== undefined) counts.queue.add(queueSeconds);
    if (runSeconds !== undefined) counts.run.add(runSeconds);
    this.received += exchange.bytesIn;
    this.sent += exchange.bytesOut;
  }

  /** Counts the times of a long run, whose request was answered before. */
  ran(route: string, queueSeconds: number, runSeconds: number): void {
    const counts = this.#of(route);
    counts.queue.add(queueSeconds);
    counts.run.add(runSeconds);
  }

  #of(route: string): RouteCounts {
    let counts = this.routes.get(route);
    if (counts === undefined) this.routes.set(route, counts = new RouteCounts());
    return counts;
  }
}
