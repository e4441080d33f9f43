/**
 * The limits of a server, and their defaults.
 * @module
 */

/** What an operator may set by options of `serve`. All times are in milliseconds. */
export interface Limits {
  /** Bytes of a request body, also after decompression. */
  readonly maxBodySize: number;
  /** The longest pause while a request body arrives. */
  readonly bodyTimeout: number;
  /** How many calls may wait for a worker. */
  readonly maxQueue: number;
  /** How long a call may take; `undefined`: as long as it likes. */
  readonly timeout: number | undefined;
  /** How long a call that was aborted has to end by itself, before its worker is killed. */
  readonly abortGrace: number;
  /** How long running calls have to finish when the server is told to stop. */
  readonly gracePeriod: number;
  /** How long a run is kept after its end. */
  readonly runTtl: number;
  /** How long a long run may take; `undefined`: as long as it likes. */
  readonly runTimeout: number | undefined;
  /** How many long runs are kept. */
  readonly maxRuns: number;
  /** How long a server that was told to stop still accepts connections. */
  readonly drainDelay: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxBodySize: 2 ** 32,
  bodyTimeout: 60_000,
  maxQueue: 1024,
  timeout: undefined,
  abortGrace: 5000,
  gracePeriod: 30_000,
  runTtl: 86_400_000,
  runTimeout: undefined,
  maxRuns: 10_000,
  drainDelay: 0,
};

/** The grace period of a server that another process started and waits for (`--parent-pipe-fd`). */
export const GRACE_PERIOD_OF_CHILD = 8000;

/** The rate at which a request body must arrive at least: its bytes in any such time spent waiting for them. */
export const LEAST_RATE = { bytes: 60_000, milliseconds: 60_000 } as const;

/** Bytes. Up to this size a request body is read whole before a worker gets it; a larger one is streamed to it. */
export const SMALL_BODY = 2 ** 16;

/** Seconds that clients are told to wait before they try again. */
export const RETRY_AFTER = 1;
