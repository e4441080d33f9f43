/**
 * The server process: it talks HTTP, and leaves all else to its workers.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Compression, FormatName } from "../formats/registry.ts";
import { workerCommand } from "../workers/pool/command.ts";
import type { WorkerHello, WorkerSettings } from "../workers/protocol/heads.ts";
import { createPool, type Pool, WorkerFailed } from "../workers/pool/pool.ts";
import { writeStderr } from "../host/stderr.ts";
import { GRACE_PERIOD, GRACE_PERIOD_OF_CHILD, MAX_BODY_SIZE } from "./limits.ts";
import { listenForStop, type Stop } from "./stop.ts";

/** What is served, and where. */
export interface ServeOptions extends Omit<WorkerSettings, "maxBodySize"> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** How many worker processes there are. */
  readonly workers: number;
  /** The server stops when this inherited pipe reaches its end. */
  readonly parentPipeFd?: number;
  /** Of answers to clients that do not ask for one. */
  readonly format: FormatName;
  readonly compression: Compression;
}

/**
 * Serves until it is told to stop. Returns the exit code; what went wrong is on stderr then.
 *
 * The first worker is started before anything else is loaded, and the port is opened when it is ready: who can connect
 * gets an answer.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const { host, port, workers, parentPipeFd, format, compression, ...settings } = options;
  const stop = listenForStop(parentPipeFd);
  const command = workerCommand({ ...settings, maxBodySize: MAX_BODY_SIZE } satisfies WorkerSettings);
  const pool = createPool({ command, workers, log: writeStderr, outputPath: options.outputPath });
  try {
    const { createApp } = await importLater<typeof import("./app.ts")>("http/app.ts");
    const ready = await Promise.race([pool.started, stop.asked]);
    if (ready === undefined) return 0;
    const { endpoints } = JSON.parse(new TextDecoder().decode(ready)) as WorkerHello;
    const app = createApp({ pool, endpoints, format, compression, debug: options.debug, log: writeStderr });
    const running = new Set<Promise<Response>>();
    const server = listen(host, port, (request) => {
      const answer = Promise.resolve(app.fetch(request));
      running.add(answer);
      return answer.finally(() => running.delete(answer));
    });
    await stop.asked;
    const grace = parentPipeFd === undefined ? GRACE_PERIOD : GRACE_PERIOD_OF_CHILD;
    return await finish(server, pool, [...running], stop, grace);
  } catch (error) {
    await writeStderr(explain(error, host, port));
    return 1;
  } finally {
    await pool.stop();
    await writeStderr("");
  }
}

function listen(hostname: string, port: number, answer: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname,
    port,
    onListen: ({ hostname, port }) => {
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      void writeStderr(`Listening on http://${host}:${port}\n`);
    },
  }, answer);
}

/**
 * Takes no more calls, and waits until those that run are answered, or the time is up. Deno's shutdown makes the bodies
 * that still arrive unreadable, so it comes after them.
 */
async function finish(
  server: Deno.HttpServer,
  pool: Pool,
  running: readonly Promise<Response>[],
  stop: Stop,
  grace: number,
): Promise<number> {
  const finished = Promise.all([pool.drain(), Promise.allSettled(running)])
    .then(() => server.shutdown()).then(() => 0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<number>((resolve) => timer = setTimeout(resolve, grace, 0));
  const code = await Promise.race([finished, late, stop.demanded]);
  clearTimeout(timer);
  return code;
}

function explain(error: unknown, host: string, port: number): string {
  if (error instanceof WorkerFailed) return error.message.split("\n").map((line) => `Error: ${line}\n`).join("");
  if (error instanceof Deno.errors.AddrInUse) return `Error: address already in use: ${host}:${port}\n`;
  return `Error: cannot serve at ${host}:${port}: ${error instanceof Error ? error.message : error}\n`;
}
