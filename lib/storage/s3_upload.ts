/**
 * Writing an object: in one request where it is small, else in parts that become an object when all of them are there.
 * @module
 */
import type { Chunks } from "./chunks.ts";
import { StorageError } from "./error.ts";
import { openRemote } from "./remote.ts";
import { retrying } from "./request.ts";
import type { S3Client, S3Question } from "./s3_client.ts";
import { elementOf, refusalOf, S3Refused } from "./s3_refusal.ts";
import { unlessAbandoned } from "./unfinished.ts";

/** The size of parts, and of what is sent in one request. */
const PART = 8 * 2 ** 20;
/** Parts that are sent at a time. */
const MOST_AT_ONCE = 4;

/** Writes an object, whole or not at all. */
export async function uploadS3(client: S3Client, location: string, chunks: Chunks): Promise<void> {
  const blocks = inBlocks(chunks, PART);
  try {
    const first = await blocks.next();
    const second = first.done ? first : await blocks.next();
    if (!second.done) await new Upload(client, location).send([first.value!, second.value], blocks);
    else await put(client, location, first.value ?? new Uint8Array(0));
  } finally {
    await blocks.return(undefined);
  }
}

async function put(client: S3Client, location: string, body: Uint8Array): Promise<void> {
  await retrying(client.patience, async () => {
    await (await client.send(location, { method: "PUT", body })).discard();
  });
}

/** One upload in parts. */
class Upload {
  #id = "";
  #size = 0;
  readonly #tags: string[] = [];
  /** Requests whose effects would stay in the store: those under way, and those that failed. */
  readonly #running = new Set<Promise<void>>();
  #aborted: Promise<void> | undefined;

  constructor(private readonly client: S3Client, private readonly location: string) {}

  async send(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): Promise<void> {
    await unlessAbandoned(() => this.#abort(), async () => {
      try {
        await this.#track(this.#begin());
        await this.#sendParts(first, rest);
        await this.#complete();
      } catch (error) {
        await this.#abort();
        throw error;
      }
    });
  }

  /** Does something that an abort has to wait for. */
  #track(work: Promise<void>): Promise<void> {
    const tracked = work.then(() => void this.#running.delete(tracked));
    this.#running.add(tracked);
    // Who waits for it may come late.
    tracked.catch(() => {});
    return tracked;
  }

  async #begin(): Promise<void> {
    const begun = await this.#ask({ method: "POST", query: { uploads: "" } });
    this.#id = elementOf(begun, "UploadId") ?? "";
    if (this.#id === "") throw new StorageError("failed", this.location, "the store does not take uploads in parts");
  }

  async #sendParts(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): Promise<void> {
    const start = async (block: Uint8Array) => {
      const number = this.#tags.push("");
      this.#size += block.length;
      void this.#track(this.#sendPart(number, block));
      if (this.#running.size >= MOST_AT_ONCE) await Promise.race(this.#running);
    };
    for (const block of first) await start(block);
    for await (const block of rest) await start(block);
    await Promise.all(this.#running);
  }

  async #sendPart(number: number, body: Uint8Array): Promise<void> {
    const query = { partNumber: String(number), uploadId: this.#id };
    await retrying(this.client.patience, async () => {
      this.#checkWanted();
      const reply = await this.client.send(this.location, { method: "PUT", query, body });
      await reply.discard();
      this.#tags[number - 1] = reply.headers.get("etag") ?? "";
    });
  }

  async #complete(): Promise<void> {
    const parts = this.#tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    let attempts = 0;
    try {
      await retrying(this.client.patience, async () => {
        this.#checkWanted();
        attempts++;
        const reply = await this.client.send(this.location, { method: "POST", query: { uploadId: this.#id }, body });
        // The status is sent before the parts are put together: a fault comes in the body of a success.
        const message = await reply.text();
        if (message.includes("<Error>")) throw refusalOf(this.location, { status: 500, region: null, message });
      });
    } catch (error) {
      // An attempt whose answer was lost may have done it: then there is no such upload any more.
      const isGone = error instanceof S3Refused && error.code === "NoSuchUpload";
      if (attempts === 1 || !isGone || !await this.#isThere()) throw error;
    }
  }

  async #isThere(): Promise<boolean> {
    const { client, location } = this;
    const get = (headers: Readonly<Record<string, string>>) =>
      client.send(location, { method: "GET", headers, accept: [416] });
    try {
      return (await openRemote({ location, patience: client.patience, get })).size === this.#size;
    } catch {
      return false;
    }
  }

  #checkWanted(): void {
    if (this.#aborted) throw new StorageError("failed", this.location, "the upload was aborted");
  }

  #abort(): Promise<void> {
    return this.#aborted ??= (async () => {
      // A part that arrives after the upload was given up would stay in the store.
      await Promise.allSettled(this.#running);
      if (this.#id === "") return;
      // What cannot be cleared away is not visible either; the fault that led here is the one to tell.
      await this.#ask({ method: "DELETE", query: { uploadId: this.#id } }).catch(() => {});
    })();
  }

  async #ask(question: S3Question): Promise<string> {
    return await retrying(this.client.patience, async () => {
      return await (await this.client.send(this.location, question)).text();
    });
  }
}

/** The same bytes in pieces of `size`, but for the last one. */
export async function* inBlocks(chunks: Chunks, size: number): AsyncGenerator<Uint8Array> {
  let block: Uint8Array | undefined;
  let filled = 0;
  for await (let chunk of chunks) {
    while (chunk.length > 0) {
      // Large pieces are cut, not copied.
      if (filled === 0 && chunk.length >= size) {
        yield chunk.subarray(0, size);
        chunk = chunk.subarray(size);
        continue;
      }
      block ??= new Uint8Array(size);
      const taken = chunk.subarray(0, size - filled);
      block.set(taken, filled);
      filled += taken.length;
      chunk = chunk.subarray(taken.length);
      if (filled < size) continue;
      yield block;
      block = undefined;
      filled = 0;
    }
  }
  if (block !== undefined) yield block.subarray(0, filled);
}
