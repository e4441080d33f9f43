/**
 * Bytes that wait for a slow reader.
 * @module
 */

/** Bytes in a temporary file, which the reader removes; in memory where none can be written. */
export class Spool {
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
        // the disk is full: what is written is there
      }
    }
    this.rest.push(chunk.slice());
  }

  /** Nothing more is written. */
  close(): void {
    this.#file?.close();
  }
}
