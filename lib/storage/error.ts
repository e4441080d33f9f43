/** The kinds of faults that callers distinguish. */
export type StorageFault =
  /** There is no such file, object or page. */
  | "not-found"
  /** There is no such bucket. */
  | "bucket"
  /** Wrong or no keys, or missing permissions. */
  | "denied"
  /** The server did not answer in time. */
  | "timeout"
  /** The connection failed, also when it was tried again. */
  | "network"
  /** The server answered that it cannot answer now, also when it was asked again. */
  | "server"
  /** The file was replaced or changed while it was being read. */
  | "changed"
  /** The caller may not read files in that place. */
  | "refused"
  /** This kind of location cannot be read or written at all. */
  | "unsupported"
  | "failed";

/**
 * Something cannot be read or written. `message` says where, why and, if possible, what to do; `reason` is the same
 * without the location, which must not be shown to clients.
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

/** Waits for an operation. Resolves with whether the file that it is about was found; other faults are thrown. */
export async function wasFound(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.kind === "not-found") return false;
    throw error;
  }
}

/** The reason for an HTTP status that has no message of its own. */
export function answered(status: number): string {
  return status === 429
    ? "there are too many requests to the server (429); try again later"
    : `the server answered ${status}${status >= 500 ? "; try again later" : ""}`;
}
