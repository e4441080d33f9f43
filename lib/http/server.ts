/**
 * The server process: it speaks HTTP, and leaves everything else to its workers.
 * @module
 */
import type { Compression, FormatName } from "../formats/registry.ts";
import { writeStderr } from "../host/stderr.ts";
import { importLater } from "../import_later.ts";
import { inTime } from "../in_time.ts";
import { workerCommand } from "../workers/pool/command.ts";
import { Pool, WorkerFailed } from "../workers/pool/pool.ts";
import type { WorkerHello, WorkerSettings } from "../workers/protocol/messages.ts";
import type { AccessRules } from "./access.ts";
import type { App } from "./app.ts";
import type { CallOptions } from "./call.ts";
import { Counts } from "./counts.ts";
import { denoFault } from "./deno_fault.ts";
import { DEFAULT_LIMITS, GRACE_PERIOD_OF_CHILD, type Limits } from "./limits.ts";
import { Listener } from "./listener.ts";
import { LazyLongRuns } from "./long/lazy_long_runs.ts";
import { createLog, type Log } from "./log.ts";
import type { LogFormat } from "./log_format.ts";
import { metricsResponse } from "./metrics.ts";
import { Stop } from "./stop.ts";
import type { UmBridge } from "./umbridge.ts";

/** What is served, and where. */
export interface ServeOptions extends Omit<WorkerSettings, "maxBodySize"> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** How many worker processes there are. */
  readonly workers: number;
  /** The server stops when this inherited pipe reaches its end. */
  readonly parentPipeFd?: number;
  /** Of answers to clients that do not ask for a format. */
  readonly format: FormatName;
  readonly compression: Compression;
  /** What is not given has its default. */
  readonly limits: Partial<Limits>;
  readonly access: AccessRules;
  /** Is the component's own page at `/`? */
  readonly page: boolean;
  readonly logFormat: LogFormat;
}

/**
 * Serves until it is told to stop. Returns the exit code; what went wrong is on stderr then.
 *
 * The first worker is started before anything else is loaded, and the port is opened when that worker is ready: a
 * client that can connect gets an answer.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const {
    host,
    port,
    workers,
    parentPipeFd,
    format,
    compression,
    access,
    page,
    logFormat,
    limits: given,
    ...settings
  } = options;
  const isChild = parentPipeFd !== undefined;
  const limits: Limits = {
    ...DEFAULT_LIMITS,
    ...isChild && { gracePeriod: GRACE_PERIOD_OF_CHILD },
    ...given,
    ...isChild && { drainDelay: 0 },
  };
  const stop = new Stop(parentPipeFd);
  const log = createLog(logFormat, writeStderr);
  const command = workerCommand({ ...settings, maxBodySize: limits.maxBodySize } satisfies WorkerSettings);
  const pool = new Pool({
    command,
    workers,
    maxQueue: limits.maxQueue,
    ...limits.timeout !== undefined && { timeout: limits.timeout },
    abortGrace: limits.abortGrace,
    log: log.lines,
    outputPath: options.outputPath,
  });
  try {
    const { createApp } = await importLater<typeof import("./app.ts")>("http/app.ts");
    const slow = setTimeout(() => void log.lines(STILL_IMPORTING), 5000);
    const ready = await Promise.race([pool.started, stop.asked]).finally(() => clearTimeout(slow));
    if (ready === undefined) return 0;
    const { endpoints } = JSON.parse(new TextDecoder().decode(ready)) as WorkerHello;
    const counts = new Counts();
    const longRuns = new LazyLongRuns(options.outputPath, {
      pool,
      workers,
      debug: options.debug,
      log,
      ...limits,
      ran: (endpoint, queued, ran) => counts.ran(endpoint, queued, ran),
    });
    const callOptions = { pool, format, compression, debug: options.debug, limits, log, longRuns };
    const app: App = createApp({
      ...callOptions,
      endpoints,
      umbridge: options.umbridge && await loadUmBridge(callOptions),
      access,
      page,
      documentsNow: true,
      isStopping: () => stop.isAsked,
      metrics: () => metricsResponse(counts, app.active, pool.queued + longRuns.queued, pool.restarts),
      observe: (exchange, status) => {
        counts.add(exchange, status);
        log.access?.(exchange, status);
      },
    });
    const listener = new Listener(host, port, app.fetch, log.lines);
    void log.lines(`Listening on ${listener.url}\n`);
    const fault = denoFault(Deno.version.deno);
    if (fault !== undefined) void log.lines(fault);
    longRuns.lookLater();
    await stop.asked;
    longRuns.drain();
    const code = await finish({ app, pool, longRuns, listener, log, stop, limits, isChild });
    // Told to end at once, it does not wait for a slow store, nor for user code.
    await Promise.race([longRuns.stop(), stop.demanded.then(() => wait(LAST_MOMENT))]);
    // Calls that still run are refused: their clients get a 503.
    await pool.stop();
    await inTime(listener.shutdown(), LAST_MOMENT, () => "late").catch(() => {});
    return code;
  } catch (error) {
    await log.lines(explain(error, host, port));
    return 1;
  } finally {
    await pool.stop();
    await writeStderr("");
  }
}

/** So many milliseconds the last answers have to be sent, and, after a second signal, the ends of runs to be stored. */
const LAST_MOMENT = 500;

async function loadUmBridge(options: CallOptions): Promise<UmBridge> {
  const { createUmBridge } = await importLater<typeof import("./umbridge.ts")>("http/umbridge.ts");
  return createUmBridge(options);
}

const STILL_IMPORTING = "The user module is still being imported, after 5 s; the port is opened when that has ended\n";

interface Serving {
  readonly app: App;
  readonly pool: Pool;
  readonly longRuns: LazyLongRuns;
  readonly listener: Listener;
  readonly log: Log;
  readonly stop: Stop;
  readonly limits: Limits;
  readonly isChild: boolean;
}

/** Milliseconds: a longer timer would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Finishes what runs, until the time is up or the server is told to stop at once. Returns the exit code. */
async function finish(serving: Serving): Promise<number> {
  const { app, longRuns, log, stop, limits } = serving;
  const seconds = (limits.drainDelay + limits.gracePeriod) / 1000;
  const waiting = app.active + longRuns.running;
  if (waiting > 0 || limits.drainDelay > 0) {
    const calls = `${waiting} ${waiting === 1 ? "call" : "calls"}`;
    void log.lines(`Stopping: waiting for ${calls}, at most ${seconds} s. A second signal stops at once.\n`);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(resolve, Math.min(seconds * 1000, LONGEST_TIMER), 0);
  });
  const code = await Promise.race([drain(serving).then(() => 0), late, stop.demanded]);
  clearTimeout(timer);
  return code;
}

/** If no request arrives for so many milliseconds, all connections count as idle. */
const IDLE = 200;
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Closes the port, so that clients try another server, and answers requests on open connections, each of which is
 * closed after its answer. `listener.shutdown` comes last, because it makes bodies unreadable that still arrive.
 */
async function drain({ app, pool, listener, limits, isChild }: Serving): Promise<void> {
  if (limits.drainDelay > 0) await wait(limits.drainDelay);
  await listener.refuseConnections();
  do await untilIdle(app); while (!isChild && await hasRequestWithin(app, IDLE));
  await pool.drain();
  await listener.shutdown();
}

async function untilIdle(app: App): Promise<void> {
  if (app.active > 0) await new Promise<void>((resolve) => app.onIdle = resolve);
}

async function hasRequestWithin(app: App, milliseconds: number): Promise<boolean> {
  const before = app.count;
  await wait(milliseconds);
  return app.count > before;
}

function explain(error: unknown, host: string, port: number): string {
  if (error instanceof WorkerFailed) return error.message.split("\n").map((line) => `Error: ${line}\n`).join("");
  if (error instanceof Deno.errors.AddrInUse) {
    return `Error: address already in use: ${host}:${port}; choose another by --port, or any free one by --port 0\n`;
  }
  return `Error: cannot serve at ${host}:${port}: ${error instanceof Error ? error.message : error}\n`;
}
