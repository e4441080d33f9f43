import type { Pool } from "../../workers/pool/pool.ts";
import type { Log } from "../log.ts";

/** What long runs need of their server. */
export interface LongRunOptions {
  readonly pool: Pick<Pool, "call">;
  readonly workers: number;
  readonly debug: boolean;
  readonly log: Log;
  /** How many may wait. */
  readonly maxQueue: number;
  /** How many are kept. */
  readonly maxRuns: number;
  /** How long one is kept after its end, and how long it may take; in milliseconds. */
  readonly runTtl: number;
  readonly runTimeout: number | undefined;
  readonly abortGrace: number;
  /** A run has had a worker: seconds that it waited, and that it ran. */
  readonly ran: (endpoint: string, queued: number, ran: number) => void;
}
