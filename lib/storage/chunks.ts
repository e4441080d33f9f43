/**
 * Bytes in chunks, as they arrive or are made. The maker of a chunk does not write into it again. `borrowed` gives them
 * without copying, where there is a way: then each chunk is valid only until the next one is asked for.
 */
export type Chunks = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & {
  readonly borrowed?: (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>) | undefined;
};
