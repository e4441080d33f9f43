import { release } from "../arrays/data.ts";
import { base64Pieces } from "./base64.ts";

/** A base64 text that was decoded while it arrived. */
export class Base64Text {
  #blocks: readonly Uint8Array<ArrayBuffer>[];

  /** `blocks` are its bytes, in all but the last of them a multiple of 3; `length` is that of the text. */
  constructor(blocks: readonly Uint8Array<ArrayBuffer>[], readonly length: number) {
    this.#blocks = blocks;
  }

  get byteLength(): number {
    return this.#blocks.reduce((sum, block) => sum + block.length, 0);
  }

  /** The bytes, in a buffer of their own. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const [first] = this.#blocks;
    if (this.#blocks.length === 1 && first!.length === first!.buffer.byteLength) return first!;
    const bytes = new Uint8Array(this.byteLength);
    let at = 0;
    for (const block of this.#blocks) {
      bytes.set(block, at);
      at += block.length;
      release(block);
    }
    this.#blocks = [bytes];
    return bytes;
  }

  toString(): string {
    return this.#blocks.flatMap((block) => [...base64Pieces(block)]).join("");
  }
}
