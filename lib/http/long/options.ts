import type { Pool } from "../../workers/pool/pool.ts";
import type { Limits } from "../limits.ts";
import type { Log } from "../log.ts";

/** What a server gives its long runs. */
export interface LongRunOptions extends Pick<Limits, "maxQueue" | "maxRuns" | "runTtl" | "runTimeout" | "abortGrace"> {
  readonly pool: Pick<Pool, "call">;
  readonly workers: number;
  readonly debug: boolean;
  readonly log: Log;
  /** Called when a run has been computed: how many seconds it was queued, and how many it ran. */
  readonly ran: (endpoint: string, queued: number, ran: number) => void;
}
