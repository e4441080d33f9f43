/**
 * A pure stdout: only the result goes there, whatever the user module prints and by whatever means.
 *
 * Descriptor 1 is pointed at stderr, which catches native code as well, and the result goes to a duplicate of what it
 * was. Where there is no libc to ask for that, `console` and `Deno.stdout` are patched, which catches JavaScript only.
 * @module
 */
import { writeAll } from "./io.ts";

/** Takes stdout away from everybody else. Returns the only way to it from now on. */
export async function claimStdout(): Promise<(bytes: Uint8Array) => void> {
  return claimDescriptor() ?? await claimByPatching();
}

const EINTR = 4, EAGAIN = 11, EPIPE = 32;
const POLLOUT = 4;
const O_CLOEXEC = 0o2000000;
/** `fcntl`: the lowest free descriptor from the argument on, closed in children, who would keep a pipe open by it. */
const F_DUPFD_CLOEXEC = 1030;

const SYMBOLS = {
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** Points descriptor 1 at stderr by the C library; `undefined` where there is none of a known name. */
export function claimDescriptor(): ((bytes: Uint8Array) => void) | undefined {
  let libc;
  try {
    libc = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return undefined;
  }
  const { fcntl, dup2, dup3, write, poll, __errno_location } = libc;
  for (const duplicate of duplicatesOfStdout()) dup3(2, duplicate, O_CLOEXEC);
  const descriptor = fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (descriptor < 0 || dup2(2, 1) < 0) return undefined;

  /** Waits until the descriptor, should another process have made it non-blocking, takes bytes again. */
  const wait = () => {
    const pollfd = new DataView(new ArrayBuffer(8));
    pollfd.setInt32(0, descriptor, true);
    pollfd.setInt16(4, POLLOUT, true);
    poll(new Uint8Array(pollfd.buffer), 1n, -1);
  };
  return (bytes) => {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      const written = Number(write(descriptor, rest as Uint8Array<ArrayBuffer>, BigInt(rest.length)));
      if (written >= 0) {
        done += written;
        continue;
      }
      const errno = new Deno.UnsafePointerView(__errno_location()!).getInt32();
      if (errno === EAGAIN) wait();
      else if (errno === EPIPE) throw new Deno.errors.BrokenPipe("stdout was closed by its reader");
      else if (errno !== EINTR) throw new Error(`stdout cannot be written (errno ${errno})`);
    }
  };
}

/**
 * Descriptors that Deno has made of stdout for itself; subprocesses with `stdout: "inherit"` get one. None if stdout is
 * also stdin, as in a terminal: they cannot be told apart, and nobody pipes from there.
 */
function duplicatesOfStdout(): number[] {
  const fileOf = (fd: number | string) => {
    const { dev, ino } = Deno.statSync(`/proc/self/fd/${fd}`);
    return `${dev} ${ino}`;
  };
  try {
    const stdout = fileOf(1);
    if (stdout === fileOf(0)) return [];
    return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((fd) => {
      try {
        return fd > 2 && fileOf(fd) === stdout;
      } catch {
        return false; // It was the one that lists the folder.
      }
    });
  } catch {
    return []; // There is no /proc here.
  }
}

/** Patches what JavaScript prints with. Loads `node:` modules, which is slow, but only where there is no other way. */
export async function claimByPatching(): Promise<(bytes: Uint8Array) => void> {
  const [{ Console }, { default: process }] = await Promise.all([import("node:console"), import("node:process")]);
  const { stdout, stderr } = Deno;
  const writeSync = stdout.writeSync.bind(stdout);
  Object.defineProperties(stdout, {
    write: { value: (bytes: Uint8Array) => stderr.write(bytes) },
    writeSync: { value: (bytes: Uint8Array) => stderr.writeSync(bytes) },
    writable: { get: () => stderr.writable },
  });
  Object.assign(console, new Console(process.stderr));
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return (bytes) => writeAll({ writeSync }, bytes);
}
