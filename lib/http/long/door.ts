/**
 * The way to long runs: their code is loaded when the first one comes, or when there are some in the output path.
 * @module
 */
import { importLater } from "../../import_later.ts";
import { join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { StorageError } from "../../storage/error.ts";
import type { Exchange } from "../exchange.ts";
import { errorResponse } from "../responses.ts";
import type { LongRunOptions } from "./options.ts";
import type { LongRunRoutes, Submission } from "./routes.ts";

/** It is looked for runs of other servers so often, in milliseconds. */
const LOOK = 4000;
/** At first, so soon after the server began to listen. */
const LOOK_FIRST = 700;

/** The long runs of a server, perhaps not loaded yet. */
export class LongRunDoor {
  #loading: Promise<LongRunRoutes> | undefined;
  #routes: LongRunRoutes | undefined;
  #isStopping = false;

  constructor(private readonly outputPath: string, private readonly options: LongRunOptions) {}

  /** Takes a call whose client does not wait for the answer. */
  submit(submission: Submission): Promise<Response> {
    return this.#answer(submission.exchange, (routes) => routes.submit(submission));
  }

  /** Answers a request whose path begins with `/runs`. */
  answer(path: string, exchange: Exchange): Promise<Response> {
    return this.#answer(exchange, (routes) => routes.answer(path, exchange));
  }

  async #answer(exchange: Exchange, answer: (routes: LongRunRoutes) => Promise<Response>): Promise<Response> {
    try {
      return await answer(await this.load());
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.options.log.error(error.message, exchange);
      // Without the place, which clients may not learn. The rest of a body may be unread: then the connection ends.
      return errorResponse(500, `The storage of runs fails: ${error.reason}`, { connection: "close" });
    }
  }

  /** Loads them. Rejects with `StorageError` where nothing can be stored. */
  async load(): Promise<LongRunRoutes> {
    this.#loading ??= this.#load();
    try {
      return await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  async #load(): Promise<LongRunRoutes> {
    const { openLongRuns } = await importLater<typeof import("./routes.ts")>("http/long/routes.ts");
    const routes = await openLongRuns(this.outputPath, this.options);
    if (this.#isStopping) routes.runs.drain();
    return this.#routes = routes;
  }

  /** Is there a long run of this name? */
  async keeps(id: string): Promise<boolean> {
    if (!isUri(this.outputPath) && !isThere(join(this.outputPath, `run_${id}/run.json`))) return false;
    try {
      return await (await this.load()).keeps(id);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return false;
    }
  }

  /** Looks now and then whether there is something to do. */
  lookLater(milliseconds = LOOK_FIRST): void {
    Deno.unrefTimer(setTimeout(async () => {
      if (this.#routes !== undefined || this.#isStopping) return;
      try {
        if (await this.#hasServers()) await this.load();
      } catch {
        // Whoever begins a run is told why that does not work.
      }
      this.lookLater(LOOK);
    }, milliseconds));
  }

  async #hasServers(): Promise<boolean> {
    const folder = join(this.outputPath, ".tesseract/servers");
    if (!isUri(folder)) return isThere(folder);
    const { list } = await importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");
    return (await list(folder)).length > 0;
  }

  /** How many wait for a worker. */
  get queued(): number {
    return this.#routes?.runs.queued ?? 0;
  }

  /** How many workers have a long run. */
  get running(): number {
    return this.#routes?.runs.running ?? 0;
  }

  /** The server stops: none is begun any more, and nobody is kept waiting. */
  drain(): void {
    this.#isStopping = true;
    this.#routes?.runs.drain();
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    this.drain();
    await this.#routes?.runs.stop();
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
