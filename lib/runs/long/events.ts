/**
 * The events of a run as a stream of server-sent events. They lie in a file, a line of JSON each; the id of an event is
 * where its line ends in the file, and how far the run was. So whoever was cut off goes on at the same place, with any
 * server.
 * @module
 */
import { whyNoFile } from "../../storage/regular_file.ts";
import type { Progress } from "../run_events.ts";
import { documentOf, hasEnded, progressIn, type RunState } from "./state.ts";

/** A part of the events, encoded. */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the next one begins. */
  readonly next: number;
}

/** So much of a file is read at a time, and at most, for a single long line. */
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

  /** Its size; 0 if it is not there yet. */
  get size(): number {
    try {
      return this.#open()?.statSync().size ?? 0;
    } catch {
      return 0;
    }
  }

  /** What lies behind an offset, up to the end of a line; `undefined`: nothing yet. Listeners at one place share it. */
  block(offset: number): Block | undefined {
    if (this.#last?.offset === offset) return this.#last.block;
    const lines = this.#lines(offset);
    if (lines === undefined) return undefined;
    let at = offset, text = "";
    for (const line of lines) {
      at += line.length + 1;
      text += encodeEvent(line, at);
    }
    const block = { bytes: encoder.encode(text), next: at };
    this.#last = { offset, block };
    return block;
  }

  /** The newest progress behind an offset, and where to look the next time. */
  progress(offset: number): { readonly progress: Progress | undefined; readonly next: number } {
    let progress: Progress | undefined;
    for (let lines; (lines = this.#lines(offset)) !== undefined;) {
      for (const line of lines) {
        offset += line.length + 1;
        // The first letter of the type: most lines are prints, which need not be parsed.
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
      // It is not there yet.
    }
    return this.#file;
  }

  /** Whole lines from an offset on, without their ends. */
  #lines(offset: number): Uint8Array[] | undefined {
    try {
      return this.#read(offset);
    } catch {
      // Something has been done to the file: there is nothing to be read.
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
    // No line of ours is so long: it is passed over.
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

/** User code may have written anything to the file. */
function parseEvent(line: string): { readonly type: string; readonly data: unknown } | undefined {
  try {
    const { type, data } = JSON.parse(line) as { type: unknown; data: unknown };
    return typeof type === "string" && TYPES.includes(type) && data !== undefined ? { type, data } : undefined;
  } catch {
    return undefined;
  }
}

function encodeEvent(line: Uint8Array, end: number): string {
  const event = parseEvent(decoder.decode(line));
  return event === undefined ? "" : serverSent(event.type, { offset: end, stage: 2 }, event.data);
}

/** A position in the stream of a run's events, as the id of each event names it. */
interface StreamPosition {
  /** In the file of events. */
  readonly offset: number;
  /** The last status that was sent: 0 none, 1 queued, 2 running, 3 ended. */
  readonly stage: number;
}

/** What some clients, as Python's, take for the end of a line. JSON has no other of these as they are. */
const LINE_ENDS = /[\x85\u2028\u2029]/g;

function serverSent(type: string, { offset, stage }: StreamPosition, data: unknown): string {
  const json = JSON.stringify(data).replace(LINE_ENDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `id: ${offset}-${stage}\nevent: ${type}\ndata: ${json}\n\n`;
}

/** The position that an event's id names; the beginning for a text that is no id. */
export function positionOf(id: string | null): StreamPosition {
  const [, offset, stage] = /^(\d{1,15})-([0-3])$/.exec(id ?? "") ?? [];
  return { offset: Number(offset ?? 0), stage: Number(stage ?? 0) };
}

const stageOf = (state: RunState): number => hasEnded(state) ? 3 : state.status === "running" ? 2 : 1;

/** What a stream is made of. */
export interface EventSource {
  /** How the run stands now; `undefined`: it is forgotten, or the server stops. */
  state(): Promise<RunState | undefined>;
  readonly file: EventFile;
  /** Waits until something may have happened, but not for ever. Resolves with whether it has. */
  change(milliseconds?: number): Promise<boolean>;
  /** Nobody listens any more. */
  close(): void;
}

/** The events from a position on, to the end of the run. Each is read when it can be sent: a slow listener costs nothing. */
export function eventStream(source: EventSource, from: StreamPosition): ReadableStream<Uint8Array<ArrayBuffer>> {
  let { offset, stage } = from;
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    for (;;) {
      // In this order: all that a run told was in the file before it ended.
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
      // What only says that somebody is there keeps proxies from closing the connection.
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
