import { type EndSignal, exitCodeOfSignal, onFirstSignal } from "../../host/signals.ts";
import { inTime } from "../../in_time.ts";
import { abandonWrites } from "../../storage/unfinished.ts";
import { Pool, type PoolOptions } from "../../workers/pool/pool.ts";
import type { Counts } from "./bar.ts";
import { Attempt, type MapJob, mapPayload } from "./call.ts";
import type { NamedPayload } from "./payloads.ts";

/** How many payloads are in progress for each worker at a time: more than the pool sends to a worker in advance. */
const AHEAD = 48;
/** No payload is begun while lines of at least this many bytes in all are in memory. */
const MOST_BYTES = 64 * 2 ** 20;
/** How many milliseconds writes in progress may take after the workers have been ended. */
const LAST_WRITES = 5000;

export interface MapRun {
  readonly payloads: AsyncIterator<NamedPayload>;
  readonly job: Omit<MapJob, "pool" | "wasCutOff">;
  readonly poolOptions: PoolOptions;
  /** Throws if the module does not have the endpoint. `hello` is the first message of a worker. */
  readonly checkWorkers: (hello: Uint8Array) => void;
  readonly failFast: boolean;
  /** Milliseconds that running calls have to finish at a stop. */
  readonly gracePeriod: number;
  readonly counts: Counts;
  readonly failed: (name: string, error: string) => void;
}

/**
 * Handles all payloads, as many at a time as keep the workers busy, until all are done or the process is told to stop.
 * Resolves with the exit code of the signal that stopped it, if one did.
 */
export async function runMap(run: MapRun): Promise<number | undefined> {
  const { payloads, counts } = run;
  const limit = AHEAD * run.poolOptions.workers;
  const attempts = new Set<Attempt>();
  let bytes = 0;
  let wake = () => {};
  let pool: Pool | undefined;
  let started: Promise<Pool> | undefined;
  let stoppedBy: EndSignal | undefined;
  let fault: { readonly error: unknown } | undefined;
  let wasCutOff = false;
  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  const { promise: stopAsked, resolve: askToStop } = Promise.withResolvers<void>();
  let isStopping = false;
  let isReading = false;

  /** Begins no more payloads, and ends the workers after `grace` milliseconds. */
  const stop = (grace: number) => {
    if (isStopping) return;
    isStopping = true;
    askToStop();
    for (const attempt of attempts) attempt.leave();
    graceTimer = setTimeout(cutOff, grace);
  };
  const cutOff = () => {
    wasCutOff = true;
    void pool?.stop();
  };
  const job: MapJob = {
    ...run.job,
    pool: () =>
      started ??= (async () => {
        pool = new Pool(run.poolOptions);
        if (wasCutOff) cutOff();
        run.checkWorkers(await pool.started);
        return pool;
      })(),
    wasCutOff: () => wasCutOff,
  };

  const handle = async (payload: NamedPayload): Promise<void> => {
    const attempt = new Attempt();
    attempts.add(attempt);
    bytes += payload.size;
    try {
      const ending = await mapPayload(payload, job, attempt, run.failed);
      if (ending === "left") return;
      counts[ending === "succeeded" || ending === "was there" ? "succeeded" : "failed"]++;
      if (ending === "was there" || ending === "had failed") counts.before++;
      if (ending === "failed" && run.failFast) stop(run.gracePeriod);
    } catch (error) {
      fault ??= { error };
      stop(0);
    } finally {
      attempts.delete(attempt);
      bytes -= payload.size;
      wake();
    }
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => wake = resolve);
  };

  const listening = (["SIGINT", "SIGTERM"] as const).map((signal) =>
    onFirstSignal(signal, () => {
      stoppedBy ??= signal;
      stop(run.gracePeriod);
    })
  );
  try {
    while (!isStopping) {
      await until(() => attempts.size < limit && bytes < MOST_BYTES || isStopping);
      // Standard input may bring nothing for a long time, and a stop must not wait for it.
      isReading = true;
      const next = await Promise.race([payloads.next().finally(() => isReading = false), stopAsked]);
      if (next === undefined || next.done) break;
      if (!isStopping) void handle(next.value);
    }
    if (!isStopping) counts.total ??= counts.succeeded + counts.failed + attempts.size;
    await until(() => attempts.size === 0 || wasCutOff);
    if (wasCutOff) await inTime(until(() => attempts.size === 0), LAST_WRITES, () => "late").catch(abandonWrites);
  } finally {
    clearTimeout(graceTimer);
    // Closes a file that was not read to its end. A pending read of standard input cannot be cancelled.
    if (!isReading) await payloads.return?.();
    await pool?.stop();
    for (const endListening of listening) endListening();
  }
  if (fault !== undefined) throw fault.error;
  return stoppedBy && exitCodeOfSignal(stoppedBy);
}
