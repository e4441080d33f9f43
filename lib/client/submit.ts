/**
 * Long runs: the Tesseract takes the payload, and the outputs are fetched later.
 * @module
 */
import type { Answer, Endpoint } from "./call.ts";
import type { CallOptions, Run, RunStatus } from "./client_types.ts";
import { TesseractError } from "./error.ts";

type Ask = (endpoint: Endpoint, options?: CallOptions) => Promise<Answer>;

/** So many seconds a server may hold back its answer until the run has ended. Proxies give up after 60, mostly. */
const WAIT = 30;

/** So many milliseconds lie between two questions at least. */
const PAUSE = 200;

/** Begins a run of `apply`. */
export async function submit(ask: Ask, inputs: unknown, options: CallOptions = {}): Promise<Run> {
  const endpoint = { name: "apply", payload: { inputs }, scalars: true, prefer: "respond-async" };
  const answer = await ask(endpoint, options);
  return answer.response.status === 202
    ? runOf(ask, (answer.value() as RunStatus).run_id, options)
    : finished(answer.value(), options.runId ?? "");
}

function runOf(ask: Ask, id: string, submitted: CallOptions): Run {
  const name = `runs/${encodeURIComponent(id)}`;
  // Keys and the like are those of the run; a signal, a time limit and the name were for its submission only.
  const { signal: _signal, timeout: _timeout, runId: _runId, ...common } = submitted;
  const send = (endpoint: Endpoint, { runId: _, ...options }: CallOptions = {}) =>
    ask(endpoint, { ...common, ...options });
  const status = async (options: CallOptions & { wait?: number } = {}): Promise<RunStatus> => {
    const { wait, ...rest } = options;
    return (await send({ name, ...wait === undefined ? {} : { prefer: `wait=${wait}` } }, rest)).value() as RunStatus;
  };
  return {
    id,
    status,
    async result({ timeout, signal, ...rest } = {}) {
      // The limit is that of all requests together.
      const signals = [signal, timeout === undefined ? undefined : AbortSignal.timeout(timeout)];
      const given = signals.filter((one) => one !== undefined);
      const options = given.length === 0 ? rest : { ...rest, signal: AbortSignal.any(given) };
      for (;;) {
        const asked = Date.now();
        const { status: now } = await status({ ...options, wait: WAIT });
        if (now !== "queued" && now !== "running") {
          const answer = await send({ name: `${name}/result`, scalars: true }, options);
          if (answer.response.status !== 202) return answer.value();
        }
        // A server may be unable to wait.
        if (Date.now() - asked < PAUSE) await new Promise<void>((resolve) => setTimeout(() => resolve(), PAUSE));
      }
    },
    async cancel(options) {
      await send({ name, method: "DELETE" }, options);
    },
  };
}

/** A run of a Tesseract that has computed at once. */
function finished(outputs: unknown, id: string): Run {
  const gone = () => Promise.reject(new TesseractError("this Tesseract keeps no runs: it computed at once", 404));
  return { id, status: gone, result: () => Promise.resolve(outputs), cancel: () => Promise.resolve() };
}
