import type { Pool } from "../../workers/pool/pool.ts";
import type { Log } from "../log.ts";

/** What a server gives its long runs. */
export interface LongRunOptions {
  readonly pool: Pick<Pool, "call">;
  readonly workers: number;
  readonly debug: boolean;
  readonly log: Log;
  /** How many may be queued. */
  readonly maxQueue: number;
  /** How many are kept. */
  readonly maxRuns: number;
  /** How long one is kept after its end, and how long it may take; in milliseconds. */
  readonly runTtl: number;
  readonly runTimeout: number | undefined;
  readonly abortGrace: number;
  /** Called when a run has been computed: how many seconds it was queued, and how many it ran. */
  readonly ran: (endpoint: string, queued: number, ran: number) => void;
}
