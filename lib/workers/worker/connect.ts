/**
 * What a worker does first of all: it connects to its server.
 * @module
 */
import { redirectPrints } from "../../host/descriptors.ts";
import { type Libc, withLibc } from "../../host/libc.ts";
import { openForAppending } from "../../host/memory.ts";
import { endWithParent } from "../../host/process_group.ts";
import type { Links } from "../protocol/links.ts";
import { type Activity, openMemory } from "../protocol/shared_memory.ts";
import { Wire } from "../protocol/wire.ts";

/** A connection, and the prints of the calls that come by it. */
export interface Connection {
  readonly wire: Wire;
  /** `undefined` where prints go through pipes. */
  readonly prints: CallPrints | undefined;
}

/** The part of the prints that belongs to a call. */
export interface PrintedPart {
  readonly from: number;
  readonly to: number;
}

/** Connects to the server that has started this process with these links, and from now on prints for it. */
export async function connect(links: string): Promise<Connection> {
  const { socket, memory: memoryPath, prints: printsPath } = JSON.parse(links) as Links;
  endWithParent();
  const memory = memoryPath === undefined ? undefined : openMemory(memoryPath);
  const file = printsPath === undefined ? undefined : openForAppending(printsPath);
  const prints = memory && file !== undefined
    ? withLibc((libc) => new CallPrints(libc, file, memory.activity))
    : undefined;
  const wire = new Wire(await Deno.connect({ transport: "unix", path: socket }), true);
  wire.memory = memory;
  return { wire, prints };
}

const SEEK_END = 2;

/** Tells the server what belongs to which call. */
export class CallPrints {
  #before = 0;

  constructor(private readonly libc: Libc, private readonly file: number, private readonly activity: Activity) {
    redirectPrints(libc, file);
    this.#length();
    activity.attach();
  }

  begin(id: number): void {
    this.#before = this.#length();
    this.activity.begin(id, this.#before);
  }

  /** The call has printed all it will. Returns where that is, if it is anything. */
  end(): PrintedPart | undefined {
    this.libc.fflush(null); // the C library keeps prints back that do not go to a terminal
    const to = this.#length();
    this.activity.computed();
    if (to === this.#before) return undefined;
    // A program that opened /dev/stderr as a new file has cut it off.
    return { from: this.#before < to ? this.#before : 0, to };
  }

  /** The answer is written. */
  answered(): void {
    this.activity.answered();
  }

  #length(): number {
    return Number(this.libc.lseek(this.file, 0n, SEEK_END));
  }
}
