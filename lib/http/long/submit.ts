/**
 * The body of a long run: read from the request, written to the store, and read from there for the pool.
 * @module
 */
import { createHash } from "node:crypto";
import type { Chunks } from "../../storage/backend.ts";
import { BodyAborted } from "../../workers/body_errors.ts";
import { gunzip } from "../../workers/worker/gunzip.ts";
import type { CallHead } from "../../workers/protocol/messages.ts";
import type { Exchange } from "../exchange.ts";
import type { Body } from "../whole_if_small.ts";

/** A call that is to become a long run. */
export interface Submission {
  /** The part of the call's head that follows from the request. */
  readonly plan: Omit<CallHead, "runId" | "inputPath" | "events">;
  readonly runId: string;
  readonly maxBodySize: number;
  readonly exchange: Exchange;
  /** Reads the body. */
  read(): Promise<Body> | Body;
}

/**
 * The bytes of the body, decompressed, and the digest of the request when all of them have been read. If the body cannot
 * be read, the iteration fails with `BodyAborted`, whose cause is the error of `read`.
 */
export function digesting({ plan, maxBodySize, read }: Submission): { chunks: Chunks; digest(): string } {
  const { endpoint, bodyFormat, format, compression = "none" } = plan;
  const hash = createHash("sha256").update(`${endpoint}\n${bodyFormat}\n${format}\n${compression}\n`);
  const received = copies(read);
  const chunks = (async function* () {
    for await (const chunk of plan.gzip ? gunzip(received, maxBodySize) : received) {
      hash.update(chunk);
      yield chunk;
    }
  })();
  return { chunks, digest: () => hash.digest("hex") };
}

/** Copies of the chunks, whose memory is reused. */
async function* copies(read: Submission["read"]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    const body = await read();
    if (body instanceof Uint8Array) return yield new Uint8Array(body);
    for await (const chunk of body) yield new Uint8Array(chunk);
  } catch (cause) {
    throw new BodyAborted("the body could not be read", { cause });
  }
}
