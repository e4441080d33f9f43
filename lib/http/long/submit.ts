/**
 * The body of a long run: read from the request, written to the store, and read from there for the pool.
 * @module
 */
import { createHash } from "node:crypto";
import { concat } from "../../formats/chunks.ts";
import type { Chunks } from "../../storage/backend.ts";
import { gunzip } from "../../workers/worker/gunzip.ts";
import type { CallHead } from "../../workers/protocol/messages.ts";
import type { Body } from "../request_body.ts";

/** The part of a call's head that follows from the request. */
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

/** Copies of the chunks, whose memory is reused. */
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

/** A stored body of at most so many bytes is read into memory; a larger one is streamed. */
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
