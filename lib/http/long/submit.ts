/**
 * The body of a long run on its way into the store.
 * @module
 */
import { createHash } from "node:crypto";
import { concat } from "../../formats/chunks.ts";
import type { Chunks } from "../../storage/backend.ts";
import { gunzip } from "../../workers/worker/gunzip.ts";
import type { CallHead } from "../../workers/protocol/messages.ts";
import type { Body } from "../request_body.ts";

/** What stands in the head of a call but its name. */
export type CallPlan = Omit<CallHead, "runId" | "inputPath" | "events">;

/** The bytes of a body, decompressed, and the digest of the request when all of them have been read. */
export function digesting(plan: CallPlan, body: Body, limit: number): { chunks: Chunks; digest(): string } {
  const { endpoint, bodyFormat, format, compression = "none" } = plan;
  const hash = createHash("sha256").update(`${endpoint}\n${bodyFormat}\n${format}\n${compression}\n`);
  const received = copies(body);
  const chunks = (async function* () {
    for await (const chunk of plan.gzip ? gunzip(received, limit) : received) {
      hash.update(chunk);
      yield chunk;
    }
  })();
  return { chunks, digest: () => hash.digest("hex") };
}

/** Each chunk in memory of its own: that of the body may be used again. */
async function* copies(body: Body): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body instanceof Uint8Array) return yield new Uint8Array(body);
  try {
    for await (const chunk of body) yield chunk.slice() as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    throw new UnreadBody("the body could not be read", { cause });
  }
}

/** The body of a request could not be read. */
export class UnreadBody extends Error {
  override name = "UnreadBody";
}

/** The beginning of a body that fits into so many bytes is all of it: then it can wait in memory. */
const WHOLE = 1 << 20;

/** A stored body as the pool takes it: a small one whole. */
export async function bodyForPool(stored: AsyncIterable<Uint8Array>): Promise<Body> {
  const reader = stored[Symbol.asyncIterator]();
  const beginning: Uint8Array[] = [];
  for (let size = 0; size <= WHOLE;) {
    const { done, value } = await reader.next();
    if (done) return concat(beginning);
    beginning.push(value);
    size += value.length;
  }
  return (async function* () {
    yield* beginning;
    for (let next; !(next = await reader.next()).done;) yield next.value;
  })();
}
