/**
 * The files of events, which have to be local: for an output path in a store they lie in a folder of this server.
 * @module
 */
import type { RunStore } from "../../runs/long/store.ts";
import type { RunKey } from "../../runs/long/state.ts";
import { isUri } from "../../uri.ts";

/** Where the events of runs are written and read. */
export class EventSpool {
  readonly isRemote: boolean;
  #folder: string | undefined;

  constructor(private readonly store: RunStore) {
    this.isRemote = isUri(store.outputPath);
  }

  async open(): Promise<void> {
    if (this.isRemote) this.#folder = await Deno.makeTempDir({ prefix: "tesseract-runs-" });
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }

  /** The local file of the events of a run. */
  path(run: RunKey): string {
    return this.isRemote ? `${this.#folder!}/${run.uid}` : this.store.file(run, "events");
  }

  /** The run ends: its events go to the store. */
  async publish(run: RunKey): Promise<void> {
    if (!this.isRemote) return;
    const bytes = await Deno.readFile(this.path(run)).catch(() => undefined);
    if (bytes !== undefined) await this.store.write(run, "events", [bytes]).catch(() => {});
  }

  /** Brings the events of a run here that has ended. */
  async bring(run: RunKey): Promise<void> {
    if (!this.isRemote) return;
    try {
      await Deno.writeFile(this.path(run), ReadableStream.from(await this.store.stream(run, "events")));
    } catch {
      // There are none.
    }
  }

  /** What was brought here to be read, or has gone to the store, and nobody reads any more. */
  drop(run: RunKey): void {
    if (this.isRemote) void Deno.remove(this.path(run)).catch(() => {});
  }
}
