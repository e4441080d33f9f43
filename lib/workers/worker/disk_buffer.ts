/**
 * A buffer on disk for an answer whose client reads slowly.
 * @module
 */

/** Bytes in a temporary file, which the reader removes; in memory where none can be written. */
export class DiskBuffer {
  /** The file. */
  readonly path: string | undefined;
  /** What did not fit into it. */
  readonly rest: Uint8Array<ArrayBuffer>[] = [];
  readonly #file: Deno.FsFile | undefined;

  constructor() {
    try {
      this.path = Deno.makeTempFileSync({ prefix: "tesseract-" });
      this.#file = Deno.openSync(this.path, { write: true });
    } catch {
      // There is no place for temporary files.
    }
  }

  write(chunk: Uint8Array): void {
    if (this.rest.length === 0 && this.#file !== undefined) {
      try {
        while (chunk.length > 0) chunk = chunk.subarray(this.#file.writeSync(chunk));
        return;
      } catch {
        // The disk is full: the rest is kept in memory.
      }
    }
    this.rest.push(chunk.slice());
  }

  /** Nothing more is written. */
  close(): void {
    this.#file?.close();
  }
}
