/**
 * Bytes that wait for a slow reader.
 * @module
 */

const PIECE = 1 << 19;

/** Bytes in a temporary file without a name; in memory where no temporary file can be written. */
export class Spool {
  readonly #file = openTemporary();
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];

  write(chunk: Uint8Array): void {
    if (this.#chunks.length === 0 && this.#file !== undefined) {
      try {
        while (chunk.length > 0) chunk = chunk.subarray(this.#file.writeSync(chunk));
        return;
      } catch {
        // the disk is full: what is written is there
      }
    }
    this.#chunks.push(chunk.slice());
  }

  /** Reads all of it, once. A chunk is there until the next is asked for. */
  async *read(): AsyncGenerator<Uint8Array> {
    const file = this.#file;
    try {
      const buffer = new Uint8Array(PIECE);
      file?.seekSync(0, Deno.SeekMode.Start);
      for (let count; file && (count = await file.read(buffer)) !== null;) yield buffer.subarray(0, count);
    } finally {
      file?.close();
    }
    yield* this.#chunks;
  }
}

function openTemporary(): Deno.FsFile | undefined {
  try {
    const path = Deno.makeTempFileSync({ prefix: "tesseract-" });
    const file = Deno.openSync(path, { read: true, write: true });
    Deno.removeSync(path);
    return file;
  } catch {
    return undefined;
  }
}
