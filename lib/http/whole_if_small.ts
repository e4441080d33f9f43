import { concat } from "../formats/chunks.ts";

/** Bytes whole, or as a stream: then each chunk is valid until the next one is asked for. */
export type Body = Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;

/** Reads chunks, each valid until the next one is asked for: whole if they have at most so many bytes. */
export async function wholeIfSmall(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Body> {
  const iterator = chunks[Symbol.asyncIterator]();
  const beginning: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size <= most;) {
    const { done, value } = await iterator.next();
    if (done) return concat(beginning);
    beginning.push(new Uint8Array(value));
    size += value.length;
  }
  return (async function* () {
    try {
      yield* beginning;
      for (let next; !(next = await iterator.next()).done;) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
