/**
 * Bytes in chunks, as they arrive or are made. The maker of a chunk does not write into it again. `borrowed` gives them
 * without copying, where there is a way: then each chunk is valid only until the next one is asked for.
 */
export type Chunks = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & {
  readonly borrowed?: (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>) | undefined;
};

/** A file that is open for reading any part of it. */
export interface Source {
  /** In bytes. */
  readonly size: number;
  /** Fills `target` with the bytes from `offset` on. They must be there: look at `size` first. */
  read(target: Uint8Array, offset: number): Promise<void>;
  close(): void;
}

/** May a server redirect to this URL? */
export type MayFollow = (url: URL) => boolean;

/** One kind of storage. Its functions throw `StorageError`. */
export interface Storage {
  open(location: string, mayFollow?: MayFollow): Promise<Source>;
  stream(location: string): Promise<AsyncIterable<Uint8Array>>;
  exists(location: string): Promise<boolean>;
}

/** A storage that can also be written to. */
export interface WritableStorage extends Storage {
  write(location: string, chunks: Chunks): Promise<void>;
  /** Throws where it is known beforehand that nothing can be written. */
  checkWritable?(location: string): Promise<void>;
  remove(location: string): Promise<void>;
  /**
   * Writes a file whole if there is none; of several that try at the same time one succeeds. Resolves with whether it
   * did. Throws an error of the kind "unsupported" where the storage cannot do that.
   */
  create(location: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** The names of what lies in a folder; none of one that is not there. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with all that lies in it. */
  removeTree(location: string): Promise<void>;
}
