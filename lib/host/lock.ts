import { cString, withLibc } from "./libc.ts";

/** Constants of Linux. */
const O_CLOEXEC = 0o2000000;
const LOCK_EX = 2, LOCK_NB = 4;

/**
 * Locks a file or folder for as long as this process lives, or until the returned function is called; programs that it
 * starts do not hold the lock. Returns `undefined` if another process, perhaps in another container, has the lock, if
 * the path does not exist, or if the system is not Linux.
 */
export function tryLock(path: string): (() => void) | undefined {
  if (Deno.build.os !== "linux") return undefined;
  return withLibc(({ open, flock, close }) => {
    const descriptor = open(cString(path), O_CLOEXEC);
    if (descriptor < 0) return undefined;
    if (flock(descriptor, LOCK_EX | LOCK_NB) === 0) return () => void close(descriptor);
    close(descriptor);
    return undefined;
  });
}
