/**
 * The events of a run as a stream of server-sent events. They are stored in a file, each as one line of JSON. The id of
 * an event is the byte offset at which its line ends in the file, and the last status that was sent (`StreamPosition`).
 * So a client whose connection was cut can continue at the same place, with any server.
 * @module
 */
import { whyNoFile } from "../../storage/regular_file.ts";
import type { Progress } from "../run_events.ts";
import { documentOf, hasEnded, progressIn, type RunState } from "./state.ts";

/** Some consecutive events, encoded as server-sent events. */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The byte offset in the file at which the next block begins. */
  readonly next: number;
}

/** How many bytes of a file are read at a time: `PIECE`, and up to `LARGEST` where a single line is longer. */
const PIECE = 1 << 16;
const LARGEST = 1 << 20;
const NEWLINE = 10;
const TYPE_AT = '{"type":"'.length, LETTER_P = 112;
const TYPES: readonly string[] = ["progress", "log", "metric"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The events of a run in a local file, which grows while it is read. */
export class EventFile {
  #file: Deno.FsFile | undefined;
  #last: { readonly offset: number; readonly block: Block } | undefined;

  constructor(private readonly path: string) {}

  /** Its size in bytes; 0 if it does not exist yet. */
  get size(): number {
    try {
      return this.#open()?.statSync().size ?? 0;
    } catch {
      return 0;
    }
  }

  /**
   * The events after a byte offset; `undefined` if no whole line has been written yet. The last block is cached,
   * because several clients usually follow a run at the same position.
   */
  block(offset: number): Block | undefined {
    if (this.#last?.offset === offset) return this.#last.block;
    const lines = this.#lines(offset);
    if (lines === undefined) return undefined;
    let at = offset, text = "";
    for (const line of lines) {
      at += line.length + 1;
      const event = parseEvent(decoder.decode(line));
      if (event !== undefined) text += serverSent(event.type, { offset: at, stage: 2 }, event.data);
    }
    const block = { bytes: encoder.encode(text), next: at };
    this.#last = { offset, block };
    return block;
  }

  /** The newest progress after a byte offset, and the offset to pass the next time. */
  progress(offset: number): { readonly progress: Progress | undefined; readonly next: number } {
    let progress: Progress | undefined;
    for (let lines; (lines = this.#lines(offset)) !== undefined;) {
      for (const line of lines) {
        offset += line.length + 1;
        // Only "progress" begins with p. Most lines are of type "log", and are not parsed.
        const event = line[TYPE_AT] === LETTER_P ? parseEvent(decoder.decode(line)) : undefined;
        if (event?.type === "progress") progress = progressIn(event.data) ?? progress;
      }
    }
    return { progress, next: offset };
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): Deno.FsFile | undefined {
    try {
      if (this.#file === undefined && whyNoFile(this.path) === undefined) this.#file = Deno.openSync(this.path);
    } catch {
      // It does not exist yet.
    }
    return this.#file;
  }

  /** Whole lines from an offset on, without their line breaks; `undefined` if there are none. */
  #lines(offset: number): Uint8Array[] | undefined {
    try {
      return this.#read(offset);
    } catch {
      // Somebody has changed the file, or what lies at its path: it counts as having no events.
      return undefined;
    }
  }

  #read(offset: number): Uint8Array[] | undefined {
    const file = this.#open();
    if (file === undefined || offset >= file.statSync().size) return undefined;
    for (let length = PIECE; length <= LARGEST; length *= 4) {
      const bytes = readAt(file, offset, length);
      const end = bytes.lastIndexOf(NEWLINE);
      if (end >= 0) return linesOf(bytes.subarray(0, end));
      if (bytes.length < length) return undefined;
    }
    // This program writes no line of this length. Returned as one line that is no event, so that it is skipped.
    return [readAt(file, offset, LARGEST - 1)];
  }
}

function readAt(file: Deno.FsFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  for (let count; done < length && (count = file.readSync(bytes.subarray(done))) !== null;) done += count;
  return bytes.subarray(0, done);
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = (end < 0 ? bytes.length : end) + 1;
  }
  return lines;
}

/** The event in a line; `undefined` if there is none: user code may have written anything to the file. */
function parseEvent(line: string): { readonly type: string; readonly data: unknown } | undefined {
  try {
    const { type, data } = JSON.parse(line) as { type: unknown; data: unknown };
    return typeof type === "string" && TYPES.includes(type) && data !== undefined ? { type, data } : undefined;
  } catch {
    return undefined;
  }
}

/** A position in the stream of a run's events, as the id of each event names it. */
interface StreamPosition {
  /** In the file of events. */
  readonly offset: number;
  /** The last status that was sent: 0 none, 1 queued, 2 running, 3 ended. */
  readonly stage: number;
}

/** Characters that some clients, such as Python's, take for line breaks, and that `JSON.stringify` does not escape. */
const LINE_ENDS = /[\x85\u2028\u2029]/g;

function serverSent(type: string, { offset, stage }: StreamPosition, data: unknown): string {
  const json = JSON.stringify(data).replace(LINE_ENDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `id: ${offset}-${stage}\nevent: ${type}\ndata: ${json}\n\n`;
}

/** The position that an event's id names; the beginning of the stream if it is not an id. */
export function positionOf(id: string | null): StreamPosition {
  const [, offset, stage] = /^(\d{1,15})-([0-3])$/.exec(id ?? "") ?? [];
  return { offset: Number(offset ?? 0), stage: Number(stage ?? 0) };
}

const stageOf = (state: RunState): number => hasEnded(state) ? 3 : state.status === "running" ? 2 : 1;

/** What a stream of events needs. */
export interface EventSource {
  /** The current state of the run; `undefined`: it is forgotten, or the server stops. */
  state(): Promise<RunState | undefined>;
  readonly file: EventFile;
  /** Waits until the run may have changed, but not for ever. Resolves with `false` if the time ran out. */
  change(milliseconds?: number): Promise<boolean>;
  /** To be called when the stream has ended. */
  close(): void;
}

/**
 * The events from a position on, to the end of the run. A block is read from the file only when the client can take it
 * (backpressure), so a slow client fills no buffer.
 */
export function eventStream(source: EventSource, from: StreamPosition): ReadableStream<Uint8Array<ArrayBuffer>> {
  let { offset, stage } = from;
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    for (;;) {
      // The state is read before the events: when it says that the run has ended, all its events are in the file.
      const state = await source.state();
      if (state === undefined) return undefined;
      const now = stageOf(state);
      if (now < 3 && stage < now) return status(state, now);
      const block = source.file.block(offset);
      if (block !== undefined) {
        offset = block.next;
        stage = Math.max(stage, 2);
        return block.bytes;
      }
      if (now === 3) return stage === 3 ? undefined : status(state, now);
      // A comment, which clients ignore. It keeps proxies from closing an idle connection.
      if (!await source.change()) return encoder.encode(":\n\n");
    }
  };
  const status = (state: RunState, now: number) => {
    stage = now;
    return encoder.encode(serverSent("status", { offset, stage }, documentOf(state)));
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        let bytes: Uint8Array<ArrayBuffer> | undefined;
        do bytes = await next(); while (bytes?.length === 0);
        if (bytes !== undefined) return controller.enqueue(bytes);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      source.close();
    },
    cancel: () => source.close(),
  }, { highWaterMark: 0 });
}
