/**
 * Long runs over HTTP: they are begun by a call, and everything else happens under `/runs`.
 * @module
 */
import { eventStream, positionOf } from "../../runs/long/events.ts";
import { Servers } from "../../runs/long/servers.ts";
import { RunStore, UnreadableRun } from "../../runs/long/store.ts";
import { documentOf, hasEnded, RUN_STATUSES, type RunRequest, type RunState } from "../../runs/long/state.ts";
import { faultJson, orList } from "../../schema/messages.ts";
import { BadEncoding, BodyAborted, BodyTooLarge } from "../../workers/body_errors.ts";
import { refusal } from "../call.ts";
import type { Exchange } from "../exchange.ts";
import { RETRY_AFTER, SMALL_BODY } from "../limits.ts";
import { errorResponse, jsonResponse, methodNotAllowed } from "../responses.ts";
import { isRunId } from "../run_id.ts";
import { wholeIfSmall } from "../whole_if_small.ts";
import { LongRuns } from "./long_runs.ts";
import type { LongRunOptions } from "./options.ts";
import { preferredWait } from "./prefer.ts";
import { digesting, type Submission } from "./submit.ts";

const LARGEST_LIMIT = 999_999_999;
const RETRY = { "retry-after": String(RETRY_AFTER) };

const document = (status: number, state: RunState, headers?: Readonly<Record<string, string>>) =>
  jsonResponse(status, JSON.stringify(documentOf(state)), headers);
const notFound = () => errorResponse(404, "There is no such run");

/** Opens the long runs of an output path. Rejects with `StorageError` where nothing can be stored. */
export async function openLongRuns(outputPath: string, options: LongRunOptions): Promise<LongRunRoutes> {
  const runs = new LongRuns(new RunStore(outputPath), new Servers(outputPath, crypto.randomUUID()), options);
  await runs.start();
  return new LongRunRoutes(runs);
}

/** Answers requests about long runs. */
export class LongRunRoutes {
  constructor(readonly runs: LongRuns) {}

  /** Is there a run with this id? One whose record is damaged counts, too. */
  async keeps(id: string): Promise<boolean> {
    try {
      return await this.runs.find(id) !== undefined;
    } catch (error) {
      return error instanceof UnreadableRun;
    }
  }

  /** Takes a call whose client does not wait for the answer. */
  async submit(submission: Submission): Promise<Response> {
    return await this.#guarded(submission.exchange, async () => {
      const { runs } = this;
      if (runs.isStopping) return errorResponse(503, "The server is stopping", RETRY);
      const known = await runs.find(submission.runId, true);
      if (known !== undefined) return await this.#resubmitted(known, submission);
      if (!await runs.keeper.isAllowed()) {
        return errorResponse(503, "Another server keeps the long runs of this output path", RETRY);
      }
      // Before the body is read, because other requests arrive in the meantime.
      using reserved = new DisposableStack();
      if (!reserved.use(runs.queue.reserve())) return errorResponse(503, "The queue is full", RETRY);
      if (!reserved.use(await runs.keeper.reserve())) {
        return errorResponse(503, "Too many runs are kept that have not ended yet", RETRY);
      }
      return await this.#create(submission, reserved);
    });
  }

  async #create(submission: Submission, reserved: DisposableStack): Promise<Response> {
    const { runs: { store, servers } } = this;
    const { plan: { endpoint, bodyFormat, format, compression = "none" }, runId } = submission;
    const key = { run_id: runId, uid: crypto.randomUUID() };
    const { chunks, digest } = digesting(submission);
    await store.write(key, "request", chunks);
    const request: RunRequest = { digest: digest(), bodyFormat, format, compression };
    const state: RunState = {
      ...key,
      endpoint,
      status: "queued",
      progress: null,
      created: new Date().toISOString(),
      started: null,
      finished: null,
      error: null,
      request,
      owner: servers.own,
      answer: null,
    };
    let isNew: boolean;
    try {
      isNew = await store.create(state);
    } catch (error) {
      await this.runs.settle(state, reserved);
      throw error;
    }
    if (isNew) {
      this.runs.created(state, reserved);
      return accepted(state);
    }
    // Another request with this run id was first.
    await store.clear(key).catch(() => {});
    const other = await this.runs.find(runId);
    return other === undefined
      ? errorResponse(503, "The run was just forgotten", RETRY)
      : acceptedIfSame(other, request.digest);
  }

  /** Answers a request whose run id is taken: if it is the same request again, with that run. */
  async #resubmitted(state: RunState, submission: Submission): Promise<Response> {
    const { chunks, digest } = digesting(submission);
    for await (const _ of chunks);
    return acceptedIfSame(await this.runs.find(state.run_id) ?? state, digest());
  }

  /** Answers a request whose path begins with `/runs`. */
  async answer(path: string, exchange: Exchange): Promise<Response> {
    const response = await this.#guarded(exchange, () => this.#answer(path, exchange));
    if (exchange.request.method !== "HEAD") return response;
    await response.body?.cancel();
    return new Response(null, response);
  }

  async #answer(path: string, exchange: Exchange): Promise<Response> {
    const { request } = exchange;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const [, , id, part, ...more] = path.split("/");
    if (id === undefined) return method === "GET" ? await this.#list(request.url) : methodNotAllowed("GET");
    const isPart = part === undefined || part === "result" || part === "events";
    if (!isRunId(id) || !isPart || more.length > 0) return notFound();
    const allowed = part === undefined ? ["GET", "DELETE"] : ["GET"];
    if (!allowed.includes(method)) return methodNotAllowed(allowed.join(", "));
    exchange.runId = id;
    if (method === "DELETE") return await this.#delete(id);
    const state = await this.runs.find(id);
    if (state === undefined) return notFound();
    if (part === "result") return await this.#result(state, exchange);
    if (part === "events") return await this.#events(state, exchange);
    return await this.#status(state, request);
  }

  async #list(url: string): Promise<Response> {
    const parameters = new URL(url).searchParams;
    const status = parameters.get("status"), limit = parameters.get("limit");
    if (status !== null && !(RUN_STATUSES as readonly string[]).includes(status)) {
      return invalid({
        type: "literal_error",
        loc: ["status"],
        input: status,
        ctx: { expected: orList(RUN_STATUSES) },
      });
    }
    if (limit !== null && (!/^\d+$/.test(limit) || Number(limit) > LARGEST_LIMIT)) {
      const message = `Expected an integer from 0 to ${LARGEST_LIMIT}`;
      return invalid({ type: "int_parsing", loc: ["limit"], input: limit, message });
    }
    const runs = (await this.runs.keeper.list()).filter((state) => status === null || state.status === status);
    const shown = limit === null ? runs : runs.slice(0, Number(limit));
    return jsonResponse(200, JSON.stringify({ runs: shown.map(documentOf) }));
  }

  async #status(state: RunState, request: Request): Promise<Response> {
    const wait = preferredWait(request.headers.get("prefer"));
    if (wait === 0 || hasEnded(state)) return document(200, state);
    const deadline = performance.now() + 1000 * wait;
    const source = await this.runs.watches.open(state);
    const gone = new Promise((resolve) => request.signal.addEventListener("abort", resolve, { once: true }));
    try {
      let now = await source.state() ?? state;
      while (now.status === state.status && !request.signal.aborted && !this.runs.isStopping) {
        const left = deadline - performance.now();
        if (left <= 0) break;
        await Promise.race([source.change(left), gone]);
        now = await source.state() ?? now;
      }
      return document(200, now, { "preference-applied": `wait=${wait}` });
    } finally {
      source.close();
    }
  }

  async #result(state: RunState, exchange: Exchange): Promise<Response> {
    const { status, answer, error } = state;
    if (!hasEnded(state)) return document(202, state, RETRY);
    if (status === "cancelled") return errorResponse(410, "The run was cancelled");
    if (answer === null) return errorResponse(500, error ?? "The run was lost");
    // As with calls, a small answer is sent in one piece, and so with its length.
    const body = await wholeIfSmall(await this.runs.store.stream(state, "answer"), SMALL_BODY);
    return new Response(body instanceof Uint8Array ? body : exchange.count(ReadableStream.from(body)), answer);
  }

  async #events(state: RunState, exchange: Exchange): Promise<Response> {
    const { request } = exchange;
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" };
    const from = positionOf(request.headers.get("last-event-id"));
    // The client has got all events. The browser's EventSource reconnects until it gets a 204.
    if (from.stage === 3) return new Response(null, { status: 204 });
    if (request.method === "HEAD") return new Response(null, { headers });
    const stream = eventStream(await this.runs.watches.open(state), from);
    return new Response(exchange.count(stream) as ReadableStream<Uint8Array<ArrayBuffer>>, { headers });
  }

  async #delete(id: string): Promise<Response> {
    let state: RunState | undefined;
    try {
      state = await this.runs.find(id, true);
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error;
      await this.runs.store.forgetDamaged(id);
      return new Response(null, { status: 204 });
    }
    if (state === undefined) return notFound();
    if (!hasEnded(state)) {
      const cancelled = await this.runs.cancel(state);
      return cancelled === undefined ? notFound() : document(202, cancelled);
    }
    await this.runs.forget(state);
    return new Response(null, { status: 204 });
  }

  /** Turns errors about the body of a request, or the record of a run, into responses. */
  async #guarded(exchange: Exchange, action: () => Promise<Response>): Promise<Response> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof BodyAborted) return refusal(error.cause, this.runs.options, exchange);
      if (error instanceof BodyTooLarge) return refusal(error, this.runs.options, exchange);
      if (error instanceof BadEncoding) return errorResponse(400, `The content encoding: ${error.message}`);
      if (error instanceof UnreadableRun) return errorResponse(500, "The record of the run is damaged; DELETE it");
      throw error;
    }
  }
}

const accepted = (state: RunState): Response =>
  document(202, state, { location: `/runs/${state.run_id}`, "preference-applied": "respond-async" });

function acceptedIfSame(state: RunState, digest: string): Response {
  if (state.request.digest === digest) return accepted(state);
  const detail = `There is a run ${state.run_id} of another request; give this one another run id, or DELETE that run`;
  return errorResponse(409, detail);
}

const invalid = (fault: Parameters<typeof faultJson>[0]): Response => errorResponse(422, [faultJson(fault, ["query"])]);
