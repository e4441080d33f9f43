/**
 * The descriptors that a process prints to. Redirecting these also catches native code and child programs.
 * @module
 */
import type { Libc } from "./libc.ts";

const O_CLOEXEC = 0o2000000;
const POLLOUT = 4;
const EINTR = 4, EAGAIN = 11, EPIPE = 32;

/** What a process prints goes elsewhere. */
export interface Redirection {
  /** A duplicate of what stderr was before. */
  readonly stderr: number;
  /** Prints go where they went before. */
  undo(): void;
}

/** Sends everything that this process and the programs that it starts print to another open descriptor. */
export function redirectPrints(libc: Libc, to: number): Redirection {
  const saved = printDescriptors(1, 2).map((fd) => [fd, libc.dup(fd)] as const);
  for (const [fd] of saved) pointAt(libc, fd, to);
  return {
    stderr: saved.find(([fd]) => fd === 2)![1],
    undo() {
      for (const [fd, copy] of saved) {
        pointAt(libc, fd, copy);
        libc.close(copy);
      }
    },
  };
}

/** Makes `fd` a duplicate of `other`. Descriptors above 2 are Deno's own, and are not inherited by child programs. */
export function pointAt(libc: Libc, fd: number, other: number): void {
  if (fd > 2) libc.dup3(other, fd, O_CLOEXEC);
  else libc.dup2(other, fd);
}

/**
 * These descriptors, and the duplicates that Deno has made of them for programs that it starts with "inherit". Without
 * the duplicates if stdin is the same file, as in a terminal (they may be stdin's), or if there is no /proc.
 */
export function printDescriptors(...own: readonly number[]): number[] {
  const fileOf = (fd: number | string) => {
    const { dev, ino } = Deno.statSync(`/proc/self/fd/${fd}`);
    return `${dev} ${ino}`;
  };
  try {
    const files = own.map(fileOf);
    if (!own.includes(0) && files.includes(fileOf(0))) return [...own];
    const others = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((fd) => {
      try {
        return fd > 2 && files.includes(fileOf(fd));
      } catch {
        return false; // the descriptor that listed the folder, closed by now
      }
    });
    return [...own, ...others];
  } catch {
    return [...own];
  }
}

/** Writes all of the bytes to a descriptor, waiting for its reader if need be. `name` is for errors. */
export function writeTo(libc: Libc, fd: number, bytes: Uint8Array, name: string): void {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done);
    const written = Number(libc.write(fd, rest as Uint8Array<ArrayBuffer>, BigInt(rest.length)));
    if (written >= 0) {
      done += written;
      continue;
    }
    const errno = new Deno.UnsafePointerView(libc.__errno_location()!).getInt32();
    if (errno === EAGAIN) waitForRoom(libc, fd);
    else if (errno === EPIPE) throw new Deno.errors.BrokenPipe(`${name} was closed by its reader`);
    else if (errno !== EINTR) throw new Error(`${name} cannot be written (errno ${errno})`);
  }
}

/** Waits until `fd` can be written to: another process that shares the pipe may have made it non-blocking. */
function waitForRoom(libc: Libc, fd: number): void {
  const pollfd = new DataView(new ArrayBuffer(8));
  pollfd.setInt32(0, fd, true);
  pollfd.setInt16(4, POLLOUT, true);
  libc.poll(new Uint8Array(pollfd.buffer), 1n, -1);
}
