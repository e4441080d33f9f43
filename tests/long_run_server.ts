/**
 * A server of the component for tests of long runs, and what clients do with it.
 * @module
 */
import assert from "node:assert/strict";
import type { RunDocument } from "../lib/runs/long/state.ts";
import { endChild, programCommand, removeFolder } from "./program.ts";
import { until } from "./until.ts";

const MODULE = new URL("long_run_module.ts", import.meta.url).pathname;
/** Everything that is waited for comes within so many seconds. */
const PATIENCE = 60;

export type Inputs = Readonly<Record<string, unknown>>;

/** A server, as a process. */
export class LongRunServer implements AsyncDisposable {
  stderr = "";
  url = "";
  hasEnded = false;
  readonly #reading: Promise<void>;

  private constructor(readonly child: Deno.ChildProcess) {
    this.#reading = (async () => {
      const text = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
      for await (const chunk of text) this.stderr += chunk;
    })();
    void child.status.then(() => this.hasEnded = true);
  }

  /** Starts one with this output path. `wrapper`: a command that starts the command that it is given. */
  static async start(
    outputPath: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    wrapper: readonly string[] = [],
  ): Promise<LongRunServer> {
    const before = ["--api-path", MODULE, "--output-path", outputPath, "serve", "--port", "0"];
    const options = { env, stdin: "null", stdout: "null", stderr: "piped" } as const;
    const child = programCommand([...before, ...args], options, wrapper).spawn();
    const server = new LongRunServer(child);
    await until("the server listens", () => /Listening on (\S+)/.test(server.stderr) || server.hasEnded, PATIENCE);
    server.url = /Listening on (http:[^\s"]+)/.exec(server.stderr)?.[1] ?? assert.fail(server.stderr);
    return server;
  }

  /** Ends it; resolves with its exit code. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    const { code } = await endChild(this.child, signal);
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Begins a long run of `apply`. */
  submit(id: string, inputs: Inputs = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.call(id, inputs, { prefer: "respond-async", ...headers });
  }

  /** Begins a long run of `apply`, and waits until user code computes: it is called a moment after the run is "running". */
  async begin(id: string, inputs: Inputs = {}): Promise<void> {
    await discard(this.submit(id, inputs));
    await this.until(id, "running");
    await until(`run ${id} tells its progress`, async () => (await this.status(id)).progress !== null, PATIENCE);
  }

  call(id: string, inputs: Inputs = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const body = JSON.stringify({ inputs });
    return fetchWhole(`${this.url}/apply?run_id=${id}`, { method: "POST", body, headers });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetchWhole(`${this.url}/runs${path}`, { headers });
  }

  delete(id: string): Promise<Response> {
    return fetchWhole(`${this.url}/runs/${id}`, { method: "DELETE" });
  }

  async status(id: string): Promise<RunDocument> {
    const response = await this.get(`/${id}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  }

  /** Waits until the run has this status. */
  async until(id: string, status: RunDocument["status"]): Promise<RunDocument> {
    let seen: RunDocument | undefined;
    try {
      await until(`run ${id} is ${status}`, async () => (seen = await this.status(id)).status === status, PATIENCE);
    } catch (error) {
      throw new Error(`${error}; it is ${JSON.stringify(seen)}`);
    }
    return seen!;
  }

  /** Waits for the end of the run, and gives its answer. */
  async result(id: string): Promise<{ status: number; value: Record<string, unknown> }> {
    let response: Response | undefined;
    await until(`run ${id} has ended`, async () => {
      response = await this.get(`/${id}/result`);
      if (response.status !== 202) return true;
      await response.body?.cancel();
    }, PATIENCE);
    return { status: response!.status, value: await response!.json() };
  }
}

/** The body is read whole, so that a test need not look at it. Fails if that takes much longer than any answer. */
async function fetchWhole(url: string, init: RequestInit): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`no answer from ${url}`)), 3000 * PATIENCE);
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    const bytes = await response.bytes();
    return new Response(response.status === 204 ? null : bytes, { status: response.status, headers: response.headers });
  } finally {
    clearTimeout(timer);
  }
}

/** A server-sent event. */
export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** The events of a run, from the one after `lastId`, to the end or as many as `enough` wants. */
export async function eventsOf(
  server: LongRunServer,
  id: string,
  lastId?: string,
  enough: (events: readonly SentEvent[]) => boolean = () => false,
): Promise<SentEvent[]> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`no end of the events of ${id}`)), 1000 * PATIENCE);
  const events: SentEvent[] = [];
  let text = "";
  try {
    const response = await fetch(`${server.url}/runs/${id}/events`, {
      headers: lastId === undefined ? {} : { "last-event-id": lastId },
      signal: abort.signal,
    });
    if (response.status === 204) return [];
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    for await (
      const chunk of response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    ) {
      text += chunk;
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
        const fields = Object.fromEntries(text.slice(0, end).split("\n").map((line) => line.split(/: (.*)/)));
        if ("event" in fields) events.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
      }
      if (enough(events)) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return events;
}

/** For `eventsOf`: enough are those up to the one in which this line is printed. */
export const printed = (line: string) => (events: readonly SentEvent[]): boolean =>
  events.some(({ data }) => data["line"] === line);

/** Does something whose answer nobody reads. */
export const discard = async (response: Promise<Response>): Promise<void> => void await (await response).body?.cancel();

/** A folder for as long as a test runs. */
export async function withRunsFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** The place of a file of a run: its name ends in a UUID. */
export async function fileOf(folder: string, id: string, part: string): Promise<string | undefined> {
  try {
    for await (const { name } of Deno.readDir(`${folder}/run_${id}`)) {
      if (name.startsWith(`${part}.`)) return `${folder}/run_${id}/${name}`;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

/** The lines of a journal. */
export async function journalOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
