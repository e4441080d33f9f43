/**
 * Bytes in pieces, as they arrive or as they are made. Whoever makes them does not write into a piece again. There may
 * be a way to have them without a copy, each until the next is asked for.
 */
export type Chunks = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & {
  readonly lent?: (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>) | undefined;
};
