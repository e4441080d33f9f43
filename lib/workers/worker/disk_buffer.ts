/**
 * A buffer on disk for an answer whose client reads slowly.
 * @module
 */

/** So many bytes are read at a time. */
const CHUNK_SIZE = 1 << 19;

/** Bytes in an unlinked temporary file; in memory if no temporary file can be written. */
export class DiskBuffer {
  readonly #file = openTemporary();
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];

  write(chunk: Uint8Array): void {
    if (this.#chunks.length === 0 && this.#file !== undefined) {
      try {
        while (chunk.length > 0) chunk = chunk.subarray(this.#file.writeSync(chunk));
        return;
      } catch {
        // The disk is full: the rest is kept in memory.
      }
    }
    this.#chunks.push(chunk.slice());
  }

  /** Reads everything, once. A chunk is valid until the next is asked for. */
  async *read(): AsyncGenerator<Uint8Array> {
    const file = this.#file;
    try {
      const buffer = new Uint8Array(CHUNK_SIZE);
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
