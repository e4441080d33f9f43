/**
 * The server's side of what a worker prints: each piece goes where its call's prints go.
 * @module
 */
import { type Mark, MarkReader } from "../protocol/marks.ts";

/** Where prints go. Who prints more than can be written has to wait. */
export interface Printed {
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing more comes. */
  end(): Promise<void>;
}

/** Says where prints go. */
export interface PrintSink {
  /** Of a call of this label, from its first on. */
  ofCall(label: string): Printed;
  /** That no call marked: of native code, perhaps, or of what goes on between calls. `running`: during such a call. */
  stray(label: string, running: boolean): Printed;
}

/** What a worker is doing, as far as the server knows. */
export interface Activity {
  /** The label of a call by its number. */
  labelOf(id: number): string;
  /** The label of the call that it probably works on, or else worked on last. */
  guess(): { readonly label: string; readonly running: boolean };
}

/** The prints of one worker. */
export class Prints {
  #current: { readonly id: number; readonly printed: Printed } | undefined;
  #stray: { readonly key: string; readonly printed: Printed } | undefined;
  /** Calls whose end was read before it was waited for, and those that wait. */
  readonly #ended = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  #isOver = false;

  constructor(private readonly sink: PrintSink, private readonly activity: Activity) {}

  /** Reads both streams of the worker until they end. */
  async read(streams: readonly ReadableStream<Uint8Array>[], secret: string): Promise<void> {
    await Promise.all(streams.map((stream) => this.#read(stream, new MarkReader(secret))));
    this.#isOver = true;
    await this.#current?.printed.end();
    await this.#endStray();
    for (const resolve of this.#waiting.values()) resolve();
  }

  /** Waits until all that a call printed was written. Only for calls that have printed. */
  async ended(id: number): Promise<void> {
    if (this.#ended.delete(id) || this.#isOver) return;
    await new Promise<void>((resolve) => this.#waiting.set(id, resolve));
  }

  async #read(stream: ReadableStream<Uint8Array>, marks: MarkReader): Promise<void> {
    for await (const piece of stream) {
      for (const part of marks.read(piece)) {
        if (part instanceof Uint8Array) await this.#print(part);
        else await this.#turn(part);
      }
    }
    const rest = marks.finish();
    if (rest.length > 0) await this.#print(rest);
  }

  async #print(bytes: Uint8Array): Promise<void> {
    if (this.#current) return await this.#current.printed.write(bytes);
    const { label, running } = this.activity.guess();
    const key = `${label} ${running}`;
    if (this.#stray?.key !== key) {
      await this.#endStray();
      this.#stray = { key, printed: this.sink.stray(label, running) };
    }
    await this.#stray.printed.write(bytes);
  }

  async #turn({ kind, id }: Mark): Promise<void> {
    await this.#endStray();
    if (kind === "begin") {
      this.#current = { id, printed: this.sink.ofCall(this.activity.labelOf(id)) };
      return;
    }
    await this.#current?.printed.end();
    this.#current = undefined;
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (resolve) resolve();
    else this.#ended.add(id);
  }

  async #endStray(): Promise<void> {
    const stray = this.#stray;
    this.#stray = undefined;
    await stray?.printed.end();
  }
}
