import { inTime } from "../in_time.ts";
import type { Exchange } from "./exchange.ts";

/** Of a body that nobody wants so many bytes are read, for so many milliseconds, with so long a pause at most. */
const MOST = { bytes: 2 ** 28, milliseconds: 30_000, pause: 3000 };

/**
 * Reads what a client still sends of the body of a refused request. Deno closes a connection whose request was not read
 * to its end; the rest then arrives at a closed port, and is answered by a reset, upon which "the client's TCP stack
 * […] might erase the server's last response" (RFC 9112, 9.6). `fetch` would fail instead of giving the answer.
 *
 * Resolves with whether it gave up in the middle. Deno then keeps the connection open for the rest, and a server that
 * stops would wait for that, unless the answer says `Connection: close`.
 */
export async function discardBody({ request, bytesIn, body }: Exchange): Promise<boolean> {
  const { headers } = request;
  // A client that waits for "100 Continue" sends nothing before it has the answer, and this would tell it to go on.
  const waits = headers.has("expect") && bytesIn === 0;
  if (waits || Number(headers.get("content-length")) > MOST.bytes) return false;
  // The call may have been answered while the next bytes were waited for.
  try {
    if (body !== undefined) await inTime(Promise.resolve(body.return?.()), MOST.pause, () => "paused");
  } catch {
    return true;
  }
  if (request.body === null || request.body.locked) return false;
  const reader = request.body.getReader();
  const end = performance.now() + MOST.milliseconds;
  try {
    for (let size = 0; size < MOST.bytes && performance.now() < end;) {
      const { done, value } = await inTime(reader.read(), MOST.pause, () => "paused");
      if (done) return false;
      size += value.length;
    }
  } catch {
    // It waits for the answer, or has gone.
  }
  await reader.cancel().catch(() => {});
  return true;
}
