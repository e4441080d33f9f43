/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as runs need them. The
 * `EventSource` of browsers cannot send an API key, and Node has none.
 * @module
 */
import { inTime } from "../in_time.ts";

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/**
 * A server sends something at least every 15 seconds. After this many milliseconds of silence, the connection is lost.
 */
const SILENCE = 60_000;
const lost = () => new TypeError("the connection brings nothing any more");

/**
 * The events of an answer, as they arrive. An incomplete one at the end is dropped. Throws a `TypeError` when the
 * connection is lost, or brings nothing for `silence` milliseconds.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silence = SILENCE,
): AsyncGenerator<SentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silence, lost);
      if (done) return;
      text += decoder.decode(value, { stream: true });
      for (let end; (end = /\r\n\r\n|\n\n|\r\r/.exec(text)) !== null;) {
        const event = parseEvent(text.slice(0, end.index));
        text = text.slice(end.index + end[0].length);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    // Closes the connection if the caller has stopped reading before its end.
    await reader.cancel().catch(() => {});
  }
}

/** `undefined` if there is no data, as in a comment that keeps the connection open. */
function parseEvent(text: string): SentEvent | undefined {
  const fields: Record<string, string> = { id: "", event: "message" };
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line)!;
    fields[name] = name === "data" && "data" in fields ? `${fields["data"]}\n${value}` : value;
  }
  const { id, event, data } = fields;
  return data === undefined ? undefined : { id: id!, type: event!, data };
}
