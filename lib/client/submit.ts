/**
 * Long runs: the Tesseract takes the payload, and the outputs are fetched later.
 * @module
 */
import type { Answer, Endpoint } from "./call.ts";
import type { CallOptions, Run, RunEvent, RunStatus } from "./client_types.ts";
import { TesseractError } from "./error.ts";
import { readEvents } from "./events.ts";

type Ask = (endpoint: Endpoint, options?: CallOptions) => Promise<Answer>;

/** How many seconds a server may wait for the end of the run before it answers. Most proxies time out after 60. */
const WAIT = 30;

/** Milliseconds after which such a request counts as lost. */
const LOST = 2 * WAIT * 1000;

/** Milliseconds between two requests: at least, and at most while the server does not answer. */
const PAUSE = { least: 200, most: 5000 };

/** For how many milliseconds a server that does not answer is asked again: it may be restarting. */
const PATIENCE = 60_000;

export async function submit(ask: Ask, inputs: unknown, options: CallOptions = {}): Promise<Run> {
  const endpoint = { name: "apply", payload: { inputs }, scalars: true, prefer: "respond-async" };
  const answer = await ask(endpoint, options);
  if (answer.response.status !== 202) return finished(answer.value(), options.runId ?? "");
  // Headers, key and format also apply to later requests about the run; these three were for its submission only.
  const { signal: _signal, timeout: _timeout, runId: _runId, ...common } = options;
  const send: Ask = (endpoint, options) => ask(endpoint, { ...common, ...options });
  return runOf(send, (answer.value() as RunStatus).run_id);
}

/** The run of this name, whichever program has submitted it. */
export function runOf(ask: Ask, id: string): Run {
  const name = `runs/${encodeURIComponent(id)}`;
  const send: Ask = (endpoint, { runId: _, ...options }: CallOptions = {}) => ask(endpoint, options);
  const status = async (options: CallOptions & { wait?: number } = {}): Promise<RunStatus> => {
    const { wait, ...rest } = options;
    return (await send({ name, ...wait === undefined ? {} : { prefer: `wait=${wait}` } }, rest)).value() as RunStatus;
  };

  async function result(given: CallOptions = {}): Promise<unknown> {
    const options = withLimit(given);
    for (;;) {
      const asked = performance.now();
      const { status: now } = await patiently(() => status({ ...options, wait: WAIT, timeout: LOST }), options.signal);
      if (hasEnded(now)) {
        const ask = () => send({ name: `${name}/result`, scalars: true }, options);
        // No status is retried: an error status here is that of the run itself, even a 504.
        const answer = await patiently(ask, options.signal, []);
        if (answer.response.status !== 202) return answer.value();
      }
      // The server may have answered at once, without waiting.
      if (performance.now() - asked < PAUSE.least) await pause(PAUSE.least, options.signal);
    }
  }

  async function* events(given: CallOptions & { after?: string } = {}): AsyncGenerator<RunEvent> {
    const { after = "", ...others } = given;
    const options = withLimit(others);
    const { signal } = options;
    for (let last = after, isOver = false;;) {
      const headers = new Headers(options.headers);
      if (last !== "") headers.set("last-event-id", last);
      const listen = () => send({ name: `${name}/events`, isStream: true }, { ...options, headers });
      const { response } = await patiently(listen, signal);
      // "No Content": there are no more events.
      if (response.status === 204) return;
      const before = last;
      try {
        for await (const { id, type, data } of readEvents(response.body!)) {
          last = id || last;
          const event = { id, type, data: JSON.parse(data, type === "metric" ? number : undefined) } as RunEvent;
          yield event;
          if (event.type === "status" && hasEnded(event.data.status)) return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TypeError)) throw error;
      }
      // The connection was cut. If it was made after the end of the run and brought nothing new, no more events come.
      if (isOver && last === before) return;
      isOver = hasEnded((await patiently(() => status(options), signal)).status);
      await pause(PAUSE.least, signal);
    }
  }

  const cancel = async (options?: CallOptions) => void await send({ name, method: "DELETE" }, options);
  return { id, status, events, result, cancel };
}

/** For `JSON.parse`: the numbers of a metric, which are sent as strings if they are not finite. */
const number = (key: string, value: unknown): unknown => key === "value" || key === "step" ? Number(value) : value;

const hasEnded = (status: RunStatus["status"]): boolean => status !== "queued" && status !== "running";

/** Moves the timeout into the signal, so that it limits all requests together. A single request then has no timeout. */
function withLimit({ timeout, signal, ...rest }: CallOptions): CallOptions {
  // A timer takes less than 2^31 ms: more means no limit.
  const limit = timeout === undefined || timeout >= 2 ** 31 ? undefined : AbortSignal.timeout(timeout);
  const given = [signal, limit].filter((one) => one !== undefined);
  return { ...rest, timeout: Infinity, ...given.length > 0 && { signal: AbortSignal.any(given) } };
}

/** Statuses of a proxy whose server does not answer. */
const OF_PROXIES: readonly number[] = [502, 503, 504];

/**
 * Repeats a request while no answer comes, or only one of a proxy with a status in `passing`. Repeating is harmless:
 * all these requests only read.
 */
async function patiently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal | undefined,
  passing = OF_PROXIES,
): Promise<T> {
  const begun = performance.now();
  for (let wait = PAUSE.least;; wait = Math.min(2 * wait, PAUSE.most)) {
    try {
      return await ask();
    } catch (error) {
      const isLost = error instanceof TypeError || (error as Error)?.name === "TimeoutError";
      const isPassing = isLost || error instanceof TesseractError && passing.includes(error.status);
      if (signal?.aborted || !isPassing || performance.now() - begun > PATIENCE) throw error;
      await pause(wait, signal);
    }
  }
}

/** Waits so many milliseconds. Rejects with the reason of the signal when that fires. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let timer, abort;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, milliseconds);
      abort = () => reject(signal!.reason);
      signal?.addEventListener("abort", abort);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort!);
  }
}

/** The run of a Tesseract that has no long runs, and has answered with the outputs. */
function finished(outputs: unknown, id: string): Run {
  const gone = () => new TesseractError("this Tesseract keeps no runs: it computed at once", 404);
  return {
    id,
    status: () => Promise.reject(gone()),
    // deno-lint-ignore require-yield
    async *events() {
      throw gone();
    },
    result: () => Promise.resolve(outputs),
    cancel: () => Promise.resolve(),
  };
}
