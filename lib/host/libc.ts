/**
 * The functions of the C library that this program uses: one table for all of it. Each is opened when it is first
 * called, because opening takes about 0.15 ms a function and a command needs only a few of them.
 * @module
 */

const FUNCTIONS = {
  // descriptors
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  creat: { parameters: ["buffer", "u32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  fflush: { parameters: ["pointer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
  // sockets
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  // memory
  malloc_trim: { parameters: ["usize"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fallocate: { parameters: ["i32", "i32", "i64", "i64"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // limits, processes, signals
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setpgid: { parameters: ["i32", "i32"], result: "i32" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
} as const;

type Functions = Deno.DynamicLibrary<typeof FUNCTIONS>["symbols"];

/** The functions by their names. Calling one that this system does not have throws `NotInLibc`. */
export type Libc = Functions;

/** The C library has another file name on this system, or lacks a function. */
class NotInLibc extends Error {
  override name = "NotInLibc";
}

/** Taken now, because user code may replace it later. */
const { dlopen } = Deno;
const FILE = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";

function open(name: keyof Functions): unknown {
  try {
    return dlopen(FILE, { [name]: FUNCTIONS[name] }).symbols[name];
  } catch (cause) {
    throw new NotInLibc(`${FILE} has no ${name}`, { cause });
  }
}

const libc = {} as Libc;
for (const name of Object.keys(FUNCTIONS) as (keyof Functions)[]) {
  Object.defineProperty(libc, name, {
    configurable: true,
    get() {
      const value = open(name);
      Object.defineProperty(libc, name, { value });
      return value;
    },
  });
}

/** Calls `use` with the C library; returns `undefined` on a system that lacks one of the functions it calls. */
export function withLibc<T>(use: (libc: Libc) => T): T | undefined {
  try {
    return use(libc);
  } catch (error) {
    if (error instanceof NotInLibc) return undefined;
    throw error;
  }
}

/** A string as C expects it: UTF-8, ended by a zero byte, which may not stand in it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError("a string for C has no zero character");
  return new TextEncoder().encode(`${text}\0`);
}
