/**
 * The descriptors that a process prints to, which is all that native code knows of.
 * @module
 */
import { dlopen } from "./dlopen.ts";

const SYMBOLS = {
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32", optional: true },
  close: { parameters: ["i32"], result: "i32" },
  creat: { parameters: ["buffer", "u32"], result: "i32" },
  fflush: { parameters: ["pointer"], result: "i32" },
} as const;

export type Descriptors = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: Descriptors | undefined | null;

/** The C library's functions for descriptors; `undefined` where it has none of the usual names. */
export function descriptors(): Descriptors | undefined {
  if (opened !== undefined) return opened ?? undefined;
  try {
    opened = dlopen(Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6", SYMBOLS).symbols;
    return opened;
  } catch {
    opened = null;
    return undefined;
  }
}

const O_CLOEXEC = 0o2000000;

/** Makes a descriptor the same as another. Those that the programs that this one starts shall not have stay so. */
export function redirect(libc: Descriptors, target: number, source: number): void {
  if (target > 2) libc.dup3?.(source, target, O_CLOEXEC);
  else libc.dup2(source, target);
}

/**
 * The descriptors that this process prints to: stdout, stderr, and those that Deno has made of them for the programs
 * that it starts. Where these are also stdin, as in a terminal, or where there is no /proc, the first two.
 */
export function printDescriptors(): number[] {
  const fileOf = (fd: number | string) => {
    const { dev, ino } = Deno.statSync(`/proc/self/fd/${fd}`);
    return `${dev} ${ino}`;
  };
  try {
    const printed = [fileOf(1), fileOf(2)];
    if (printed.includes(fileOf(0))) return [1, 2];
    const others = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((fd) => {
      try {
        return fd > 2 && printed.includes(fileOf(fd));
      } catch {
        return false; // It was the one that lists the folder.
      }
    });
    return [1, 2, ...others];
  } catch {
    return [1, 2];
  }
}

/** Prints what native code has printed by the C library, which keeps it back when it prints to no terminal. */
export function flushNativePrints(): void {
  descriptors()?.fflush(null);
}

/**
 * Sends to stderr what is printed to stdout from now on, by the programs that this one starts, too: in one stream the
 * lines keep their order.
 */
export function mergeStdoutIntoStderr(): void {
  const libc = descriptors();
  if (libc === undefined) return;
  for (const fd of printDescriptors()) {
    if (fd !== 2) redirect(libc, fd, 2);
  }
}
