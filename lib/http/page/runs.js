/**
 * Long runs: the server keeps them when this page is closed, and tells what happens in them.
 * @module
 */
import { ask, CALL_HEADERS, Refused, request } from "./server.js";

/** After the connection was lost, so many milliseconds pass before it is tried again, at first and at most. */
const PAUSE = { least: 500, most: 10_000 };

/** What a proxy answers while the server is away. */
const OF_PROXIES = [502, 503, 504];

/**
 * Begins a run with a payload, or takes up the one that is called `id`, and waits for its outputs. `tell(type, data)` is
 * called for each event of the server, for `begun` with the id, and for `lost` when the connection is. When the signal
 * fires the run is cancelled.
 */
export async function longRun({ body, id }, signal, tell) {
  if (id === undefined) {
    const init = { method: "POST", body, signal, headers: { ...CALL_HEADERS, prefer: "respond-async" } };
    const answer = await ask("apply", init);
    if (answer?.run_id === undefined) return answer; // the server keeps no runs
    id = answer.run_id;
  }
  tell("begun", id);
  try {
    await follow(id, signal, tell);
    return await ask(`${pathOf(id)}/result`, { signal, headers: CALL_HEADERS });
  } catch (error) {
    if (signal.aborted) await ask(pathOf(id), { method: "DELETE" });
    throw error;
  }
}

const pathOf = (id) => `runs/${encodeURIComponent(id)}`;
const hasEnded = ({ status }) => status !== "queued" && status !== "running";

/** Waits until the run has ended. */
async function follow(id, signal, tell) {
  let last = "", isOver = false;
  for (let wait = PAUSE.least;; wait = Math.min(2 * wait, PAUSE.most)) {
    try {
      const headers = { accept: "text/event-stream", ...last && { "last-event-id": last } };
      const answer = await request(`${pathOf(id)}/events`, { signal, headers });
      if (answer.status === 204) return; // all has been told
      for await (const event of eventsOf(answer.body)) {
        wait = PAUSE.least;
        last = event.id;
        const data = JSON.parse(event.data);
        tell(event.event, data);
        if (event.event === "status" && hasEnded(data)) return;
      }
      // The connection was cut. One that is made after the end of the run brings all that is left.
      if (isOver) return;
      isOver = hasEnded(await ask(pathOf(id), { signal }));
    } catch (error) {
      const isPassing = error instanceof TypeError || error instanceof Refused && OF_PROXIES.includes(error.status);
      if (!isPassing || signal.aborted) throw error;
      tell("lost");
    }
    await pause(wait, signal);
  }
}

/** The events of an answer, as they come. EventSource would have them, too, but sends no key. */
async function* eventsOf(body) {
  let text = "";
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const events = (text + piece).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const fields = Object.fromEntries(event.split("\n").map((line) => line.split(/: ?(.*)/s)));
      if (fields.data !== undefined) yield fields;
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
