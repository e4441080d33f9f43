/**
 * The answers of a worker whose bodies arrive in pieces.
 * @module
 */
import { IncomingBody, type Piece } from "../protocol/flow_control.ts";
import type { FrameSocket } from "../protocol/frame_socket.ts";
import { FrameKind, PIECE } from "../protocol/frames.ts";

/** The error of a body that is broken off: without a stack, because Deno prints it to stderr. */
function brokenOff(reason: string): Error {
  const error = new Error(reason);
  error.stack = String(error);
  return error;
}

/** The body of one answer: pieces, and between two of them perhaps a file that the worker has written. */
class IncomingAnswer extends IncomingBody {
  /** How many bytes have arrived in pieces. */
  #arrived = 0;
  #file: Deno.FsFile | undefined;
  /** After how many bytes the file comes; `undefined`: there is none. */
  #fileAt: number | undefined;

  get isKept(): boolean {
    return this.#fileAt !== undefined;
  }

  override push(piece: Piece): void {
    this.#arrived += piece.payload.length;
    super.push(piece);
  }

  /** What follows is in a file, which the worker still writes until something else arrives. */
  continueWith(path: string): void {
    try {
      this.#file = Deno.openSync(path);
      Deno.removeSync(path);
      this.#fileAt = this.#arrived;
    } catch (error) {
      this.end(brokenOff(`the kept answer cannot be read: ${error instanceof Error ? error.message : error}`));
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    // Whatever comes after the file, if only the end, says that the worker has written all of it.
    let sent = 0;
    for await (const piece of this) {
      if (sent === this.#fileAt) yield* this.#inFile();
      sent += piece.length;
      yield piece;
    }
    if (sent === this.#fileAt) yield* this.#inFile();
  }

  async *#inFile(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const buffer = new Uint8Array(PIECE);
      const count = await this.#file?.read(buffer) ?? null;
      if (count === null) return;
      yield buffer.subarray(0, count);
    }
  }
}

/** The answers whose heads have arrived, and whose bodies not yet. */
export class IncomingAnswers {
  readonly #answers = new Map<number, IncomingAnswer>();

  /** `cancelled` is called when the reader of a body cancels it. */
  constructor(private readonly socket: FrameSocket, private readonly cancelled: () => void) {}

  get count(): number {
    return this.#answers.size;
  }

  /** The head of an answer has arrived: returns its body, which is read as fast as the client takes it. */
  open(id: number, beginning: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
    const answer = new IncomingAnswer(this.socket, id);
    answer.push({ payload: beginning });
    this.#answers.set(id, answer);
    const chunks = answer.chunks();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(value);
        } catch (error) {
          this.#close(id, answer);
          throw error;
        }
        this.#close(id, answer);
        controller.close();
      },
      cancel: () => {
        this.#close(id, answer);
        this.cancel(id);
      },
    }, { highWaterMark: 0 });
  }

  push(id: number, payload: Uint8Array<ArrayBuffer>): void {
    this.#answers.get(id)?.push({ payload });
  }

  /** The next part of the body is in this file, which is removed. */
  continueWith(id: number, path: string): void {
    const answer = this.#answers.get(id) ?? new IncomingAnswer(this.socket, id);
    answer.continueWith(path);
    if (!this.#answers.has(id)) answer.close();
  }

  /** All of it is there; `isBroken`: the rest will not come. */
  end(id: number, isBroken: boolean): void {
    const answer = this.#answers.get(id);
    answer?.end(isBroken ? brokenOff("the answer broke off") : undefined);
    // A client that made the worker wait counts until it has taken its answer.
    if (!answer?.isKept) this.#answers.delete(id);
  }

  /** The rest of the body is not wanted. */
  cancel(id: number): void {
    if (this.#answers.delete(id)) this.socket.send(FrameKind.ABORT, id);
    this.cancelled();
  }

  /** The worker has ended: what it has kept in files is there. */
  breakOff(): void {
    for (const answer of this.#answers.values()) answer.end(brokenOff("the worker ended"));
    this.#answers.clear();
  }

  #close(id: number, answer: IncomingAnswer): void {
    answer.close();
    if (answer.isKept && this.#answers.get(id) === answer) this.cancel(id);
  }
}
