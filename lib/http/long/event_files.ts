/**
 * The files of events, to which server and worker append. They have to be local: if the output path is a URI, they are in
 * a temporary folder of this server until the run ends.
 * @module
 */
import type { RunStore } from "../../runs/long/store.ts";
import type { RunKey } from "../../runs/long/state.ts";
import { isUri } from "../../uri.ts";

/** The local files of the events of runs. */
export class EventFiles {
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

  /** The run has ended: copies its events to the store. */
  async publish(run: RunKey): Promise<void> {
    if (!this.isRemote) return;
    const bytes = await Deno.readFile(this.path(run)).catch(() => undefined);
    if (bytes !== undefined) await this.store.write(run, "events", [bytes]).catch(() => {});
  }

  /** Copies the events of a run that has ended from the store. */
  async bring(run: RunKey): Promise<void> {
    if (!this.isRemote) return;
    try {
      await Deno.writeFile(this.path(run), ReadableStream.from(await this.store.stream(run, "events")));
    } catch {
      // There are none.
    }
  }

  /** Removes the local copy of the events of a run, once it is in the store and not read any more. */
  drop(run: RunKey): void {
    if (this.isRemote) void Deno.remove(this.path(run)).catch(() => {});
  }
}
