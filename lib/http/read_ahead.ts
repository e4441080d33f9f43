/**
 * Reading a body whose length is not said.
 * @module
 */
import { concat } from "../formats/chunks.ts";
import type { Reader } from "./request_body.ts";

/** So much is held at most, and reading goes on when so much is left. */
const MOST = 2 ** 24;
const FEW = 2 ** 20;

/** Small pieces are joined to such ones. */
const PIECE = 2 ** 18;

/**
 * Reads whatever arrives at once, up to 16 MiB ahead of whoever takes it.
 *
 * Deno 2.9 takes chunked bodies apart in one buffer, whose whole rest it moves at every read, and which it fills faster
 * than it is emptied where every now and then it is not asked for more: 400 MB took 97 s. Asked in haste, and else not
 * at all for long, it keeps next to nothing.
 */
export class ReadAhead implements Reader {
  #pieces: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #error: unknown;
  #arrived = () => {};
  #goOn = () => {};

  constructor(private readonly reader: Reader) {
    void this.#readAll();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#arrived = resolve);
    }
    let count = 0;
    let size = 0;
    while (count < this.#pieces.length && size < PIECE) size += this.#pieces[count++]!.length;
    const piece = concat(this.#pieces.splice(0, count));
    this.#size -= size;
    if (this.#size < FEW) this.#goOn();
    return piece;
  }

  async cancel(): Promise<void> {
    this.#ended = true;
    this.#goOn();
    await this.reader.cancel();
  }

  async #readAll(): Promise<void> {
    try {
      while (!this.#ended) {
        const piece = await this.reader.read();
        if (piece === undefined) break;
        this.#pieces.push(piece);
        this.#size += piece.length;
        this.#arrived();
        if (this.#size > MOST) await new Promise<void>((resolve) => this.#goOn = resolve);
      }
    } catch (error) {
      this.#error = error ?? new TypeError("the body broke off");
    }
    this.#ended = true;
    this.#arrived();
  }
}
