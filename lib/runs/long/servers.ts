/**
 * The servers that keep long runs in the same output path. Each has a mark there, a file with the current time that it
 * rewrites as long as it lives (a heartbeat).
 * @module
 */
import { join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { whyNoFile } from "../../storage/regular_file.ts";
import { list, remove, write } from "../../storage/storage.ts";
import { readText } from "./files.ts";

/** How often a server renews its mark, in milliseconds. */
export const RENEWAL = 2000;
/** A server whose mark is older than this many milliseconds counts as ended. */
const OLD = 10_000;
/** For how many milliseconds the result of reading a mark is cached. */
const CACHED_FOR = 1000;

const encoder = new TextEncoder();

/** The marks of servers. Their clocks must not differ by more than a few seconds. */
export class Servers {
  readonly #folder: string;
  readonly #known = new Map<string, { readonly isAlive: boolean; readonly at: number }>();

  /** `own`: the name of this server. */
  constructor(outputPath: string, readonly own: string) {
    this.#folder = join(outputPath, ".tesseract/servers");
  }

  async renew(): Promise<void> {
    const path = join(this.#folder, this.own);
    const time = encoder.encode(new Date().toISOString());
    // Overwritten in place, which works on a full disk, too: all times have the same length.
    if (isUri(path) || !overwrite(path, time)) await write(path, [time]);
  }

  /**
   * To be called when this server ends. Removes its mark. If `isLeft`, some of its runs have not ended: then the mark
   * gets an old time instead, so that other servers take these runs over at once.
   */
  async leave(isLeft: boolean): Promise<void> {
    const path = join(this.#folder, this.own);
    if (isLeft) await write(path, [encoder.encode(new Date(0).toISOString())]);
    else await remove(path);
  }

  /** Is the server still running, as far as its mark says? */
  async isAlive(name: string): Promise<boolean> {
    if (name === this.own) return true;
    const now = performance.now();
    const known = this.#known.get(name);
    if (known !== undefined && now - known.at < CACHED_FOR) return known.isAlive;
    const time = await readText(join(this.#folder, name));
    const isAlive = time !== undefined && Date.now() - Date.parse(time) < OLD;
    this.#known.set(name, { isAlive, at: now });
    return isAlive;
  }

  /** The other servers that have a mark. */
  async others(): Promise<{ readonly alive: string[]; readonly dead: string[] }> {
    const alive: string[] = [], dead: string[] = [];
    for (const name of await list(this.#folder)) {
      if (name !== this.own) (await this.isAlive(name) ? alive : dead).push(name);
    }
    return { alive, dead };
  }

  /** Removes the mark of a server that has ended, when its runs have been taken over. */
  async forget(name: string): Promise<void> {
    await remove(join(this.#folder, name));
    this.#known.delete(name);
  }
}

/** Overwrites a file in place; `false` if there is no file, or it cannot be written. */
function overwrite(path: string, bytes: Uint8Array): boolean {
  if (whyNoFile(path) !== undefined) return false;
  try {
    using file = Deno.openSync(path, { write: true });
    return file.writeSync(bytes) === bytes.length;
  } catch {
    return false;
  }
}
