/** Bytes in pieces, as they arrive or as they are made. Whoever makes them does not write into a piece again. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
