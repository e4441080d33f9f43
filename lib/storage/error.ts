/**
 * Why something cannot be read or written.
 * @module
 */

/** The kinds of faults, as far as a caller may want to tell them apart. */
export type StorageFault =
  /** There is no such file, object or page. */
  | "not-found"
  /** There is no such bucket. */
  | "bucket"
  /** Wrong or no keys, or missing permissions. */
  | "denied"
  /** The other side did not answer in time. */
  | "timeout"
  /** The connection failed, more than once. */
  | "network"
  /** The other side answered that it cannot answer, more than once. */
  | "server"
  /** It became another file while it was being read. */
  | "changed"
  /** It lies where the caller may not read. */
  | "refused"
  /** Nothing of this kind can be read or written at all. */
  | "unsupported"
  | "failed";

/**
 * Something cannot be read or written: what, where and, if there is something, what to do. `reason` says so without
 * the place, which not everybody may know.
 */
export class StorageError extends Error {
  override name = "StorageError";
  constructor(
    readonly kind: StorageFault,
    readonly location: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${location}: ${reason}`, options);
  }
}

/** What an HTTP status says that has no better words. */
export function answered(status: number): string {
  return status === 429
    ? "the server is asked too often (429); try again later"
    : `the server answered ${status}${status >= 500 ? "; try again later" : ""}`;
}
