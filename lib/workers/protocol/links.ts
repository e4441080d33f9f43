/**
 * How a worker reaches its server: the last argument of its command line, as JSON.
 * @module
 */

/** Paths that the worker opens. */
export interface Links {
  readonly socket: string;
  /** Shared memory (shared_memory.ts), where there is any. */
  readonly memory?: string;
  /** The file that it prints to (pool/prints.ts), where there are files in memory. */
  readonly prints?: string;
}
