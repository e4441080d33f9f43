import { concat } from "../formats/chunks.ts";

/** Bytes whole, or as a stream: then each chunk is valid until the next one is asked for. */
export type Body = Uint8Array<ArrayBuffer> | AsyncIterableIterator<Uint8Array>;

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
  beginning.reverse();
  // No generator: its `return` would do nothing before the first `next`, and a file would stay open.
  const stream: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      const value = beginning.pop();
      return value === undefined ? await iterator.next() : { done: false, value };
    },
    async return() {
      beginning.length = 0;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return stream;
}
