/**
 * The servers that keep long runs in the same output path: each has a mark there, which it renews as long as it lives.
 * @module
 */
import { join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { whyNoFile } from "../../storage/regular_file.ts";
import { list, remove, write } from "../../storage/storage.ts";
import { readText } from "./files.ts";

/** A mark is renewed so often, in milliseconds; */
export const RENEWAL = 2000;
/** and a server whose mark is older than this has ended. */
const OLD = 10_000;
/** What was read of a mark is believed for so long. */
const BELIEVED = 1000;

const encoder = new TextEncoder();

/** The marks of servers. Their clocks must not differ by more than a few seconds. */
export class Servers {
  readonly #folder: string;
  readonly #known = new Map<string, { readonly isAlive: boolean; readonly at: number }>();

  /** `own`: the name of this server. */
  constructor(outputPath: string, readonly own: string) {
    this.#folder = join(outputPath, ".tesseract/servers");
  }

  /** Renews the mark of this server. */
  async renew(): Promise<void> {
    const path = join(this.#folder, this.own);
    const time = encoder.encode(new Date().toISOString());
    // In place: that works on a full disk, too. All times have the same length.
    if (isUri(path) || !overwrite(path, time)) await write(path, [time]);
  }

  /** This server ends. Where something `isLeft` to do, its mark stays, and is an old one at once: others take that up. */
  async leave(isLeft: boolean): Promise<void> {
    const path = join(this.#folder, this.own);
    if (isLeft) await write(path, [encoder.encode(new Date(0).toISOString())]);
    else await remove(path);
  }

  /** Does the server live? */
  async isAlive(name: string): Promise<boolean> {
    if (name === this.own) return true;
    const now = performance.now();
    const known = this.#known.get(name);
    if (known !== undefined && now - known.at < BELIEVED) return known.isAlive;
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

  /** Nothing is left of a server that has ended. */
  async forget(name: string): Promise<void> {
    await remove(join(this.#folder, name));
    this.#known.delete(name);
  }
}

/** Writes over a file; `false` if there is none, or something else. */
function overwrite(path: string, bytes: Uint8Array): boolean {
  if (whyNoFile(path) !== undefined) return false;
  try {
    using file = Deno.openSync(path, { write: true });
    return file.writeSync(bytes) === bytes.length;
  } catch {
    return false;
  }
}
