import { join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { StorageError } from "../../storage/error.ts";
import { exists, stream, write } from "../../storage/storage.ts";
import { writeAll } from "../io/io.ts";
import { linesOf } from "./lines.ts";

/** How one call ended: a line. */
export interface MapRecord {
  readonly name: string;
  readonly status: "succeeded" | "failed";
  /** How long a worker took. */
  readonly seconds: number;
  readonly error: string | null;
  /** When it ended, in ISO 8601. */
  readonly ended: string;
  /** The digest of what the result belongs to (digest.ts); null if the payload could not be read. */
  readonly digest: string | null;
}

/**
 * A file in a remote store can only be replaced as a whole. So new lines are collected for this many milliseconds
 * first, and for at least `PUBLISH_PAUSE` times as long as replacing the file took.
 */
const PUBLISH_AFTER = 1000;
const PUBLISH_PAUSE = 10;

/** How the calls of one folder ended: `map.jsonl`, and a file of its own for each task of a Slurm array. */
export class Records {
  /** The latest record of each name. */
  readonly latest = new Map<string, MapRecord>();
  readonly #location: string;
  /** The file, or, if that is in a remote store, the local copy of it. */
  #file: Deno.FsFile | undefined;
  #copy: string | undefined;
  #published = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = PUBLISH_AFTER;
  /** Does the local copy have lines that the store does not? */
  #isAhead = false;

  /** `task`: the position of this task in its array. */
  constructor(private readonly folder: string, private readonly task?: number) {
    this.#location = join(folder, fileName(task));
  }

  /**
   * Reads all records, including those of the tasks of a Slurm array: at least `tasks` of them, some of which may have
   * no file. Resolves with whether there were none.
   */
  async read(tasks = 0): Promise<boolean> {
    let isNew = !await this.#readFile(fileName());
    // A task creates its file when it starts, so a number is missing only if that task never started.
    for (let task = 0; await this.#readFile(fileName(task)) || task < tasks; task++) isNew = false;
    return isNew;
  }

  async #readFile(name: string): Promise<boolean> {
    const location = join(this.folder, name);
    if (!await exists(location)) return false;
    for await (const line of linesOf(await stream(location))) {
      const record = parseRecord(line);
      const known = record && this.latest.get(record.name);
      if (record && !(known && known.ended > record.ended)) this.latest.set(record.name, record);
    }
    return true;
  }

  /** Opens this process's own file. */
  async open(): Promise<void> {
    let path = this.#location;
    if (isUri(path)) {
      this.#copy = path = await Deno.makeTempFile({ prefix: "tesseract-" });
      if (await exists(this.#location)) {
        await Deno.writeFile(path, ReadableStream.from(await stream(this.#location)));
      }
    }
    this.#file = await Deno.open(path, { read: true, append: true, create: true });
    await endLastLine(this.#file);
    if (this.#copy !== undefined) await this.#publish();
  }

  /** Adds a line. If the file is local, it is written when this returns. */
  add(record: MapRecord): void {
    this.latest.set(record.name, record);
    const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
    try {
      writeAll(this.#file!, line);
    } catch (error) {
      throw new StorageError("failed", this.#location, (error as Error).message);
    }
    if (this.#copy === undefined) return;
    this.#isAhead = true;
    this.#publishSoon();
  }

  /** Replaces all lines by the last one of each name, in the order of the names. */
  async gather(): Promise<void> {
    const order = new Intl.Collator("en", { numeric: true });
    const records = [...this.latest.values()].sort((a, b) => order.compare(a.name, b.name));
    const encoder = new TextEncoder();
    await write(join(this.folder, fileName()), records.map((record) => encoder.encode(`${JSON.stringify(record)}\n`)));
  }

  /** Closes the file. When this resolves, all lines are in it, also in a remote store. */
  async close(): Promise<void> {
    if (this.#file === undefined) return;
    clearTimeout(this.#timer);
    this.#isAhead = false; // What follows stores all lines.
    this.#file.close();
    if (this.#copy === undefined) return;
    await this.#published;
    await this.#publish().finally(() => Deno.remove(this.#copy!));
  }

  #publishSoon(): void {
    this.#timer ??= setTimeout(async () => {
      const start = performance.now();
      this.#isAhead = false;
      // If this fails, `close` tries again, and reports the error.
      await (this.#published = this.#publish().catch(() => {}));
      this.#pause = Math.max(PUBLISH_AFTER, PUBLISH_PAUSE * (performance.now() - start));
      this.#timer = undefined;
      if (this.#isAhead) this.#publishSoon(); // Lines were added meanwhile.
    }, this.#pause);
  }

  async #publish(): Promise<void> {
    await write(this.#location, await stream(this.#copy!));
  }
}

const fileName = (task?: number): string => task === undefined ? "map.jsonl" : `map.${task}.jsonl`;

/** Completes the last line: a process that was killed may have left half a line. */
async function endLastLine(file: Deno.FsFile): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = new Uint8Array(1);
  await file.seek(-1, Deno.SeekMode.End);
  await file.read(last);
  if (last[0] !== 10) await file.write(new Uint8Array([10]));
}

/** The record in a line; `undefined` if the line is incomplete. */
function parseRecord(line: Uint8Array): MapRecord | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(line)) as MapRecord;
    return typeof record.name === "string" && typeof record.ended === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}
