/**
 * Long runs, whose code is loaded when the first one is submitted, or when there are some in the output path.
 * @module
 */
import { importLater } from "../../import_later.ts";
import { join } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import { StorageError } from "../../storage/error.ts";
import { isThere } from "../../storage/regular_file.ts";
import type { Exchange } from "../exchange.ts";
import { errorResponse } from "../responses.ts";
import type { LongRunOptions } from "./options.ts";
import type { LongRunRoutes } from "./routes.ts";
import type { Submission } from "./submit.ts";

/** Milliseconds between searches for other servers in the output path, until the code is loaded. */
const SEARCH_EVERY = 4000;
/** Milliseconds from when the server begins to listen to the first search. */
const FIRST_SEARCH_AFTER = 700;

/** The long runs of a server, loaded when they are needed. */
export class LazyLongRuns {
  #loading: Promise<LongRunRoutes> | undefined;
  #routes: LongRunRoutes | undefined;
  #isStopping = false;

  constructor(private readonly outputPath: string, private readonly options: LongRunOptions) {}

  /** Takes a call that is to become a long run (`Prefer: respond-async`). */
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
      // Without the path, which clients must not learn. Part of the body may be unread, so the connection is closed.
      return errorResponse(500, `The storage of runs fails: ${error.reason}`, { connection: "close" });
    }
  }

  /** Loads the code. Rejects with `StorageError` if nothing can be stored in the output path. */
  load(): Promise<LongRunRoutes> {
    return this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
  }

  async #load(): Promise<LongRunRoutes> {
    const { openLongRuns } = await importLater<typeof import("./routes.ts")>("http/long/routes.ts");
    const routes = await openLongRuns(this.outputPath, this.options);
    if (this.#isStopping) routes.runs.drain();
    return this.#routes = routes;
  }

  /** Is there a long run with this id? */
  async keeps(id: string): Promise<boolean> {
    if (!isUri(this.outputPath) && !isThere(join(this.outputPath, `run_${id}/run.json`))) return false;
    try {
      return await (await this.load()).keeps(id);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return false;
    }
  }

  /** Loads the code once there are other servers in the output path, whose runs may have to be taken over. */
  lookLater(milliseconds = FIRST_SEARCH_AFTER): void {
    Deno.unrefTimer(setTimeout(async () => {
      if (this.#routes !== undefined || this.#isStopping) return;
      try {
        if (await this.#hasServers()) await this.load();
      } catch {
        // The next client that submits a run is told why that fails.
      }
      this.lookLater(SEARCH_EVERY);
    }, milliseconds));
  }

  async #hasServers(): Promise<boolean> {
    const folder = join(this.outputPath, ".tesseract/servers");
    if (!isUri(folder)) return isThere(folder);
    const { list } = await importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");
    return (await list(folder)).length > 0;
  }

  /** How many runs are queued. */
  get queued(): number {
    return this.#routes?.runs.queue.waiting ?? 0;
  }

  /** How many runs are being computed. */
  get running(): number {
    return this.#routes?.runs.queue.computing.length ?? 0;
  }

  /** Begins no more runs, and ends the requests that wait for news of runs. */
  drain(): void {
    this.#isStopping = true;
    this.#routes?.runs.drain();
  }

  /** Ends the runs that are being computed. */
  async stop(): Promise<void> {
    this.drain();
    await this.#routes?.runs.stop();
  }
}
