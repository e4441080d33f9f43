/**
 * The descriptors that a process prints to, which is all that native code knows of.
 * @module
 */

const SYMBOLS = {
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  creat: { parameters: ["buffer", "u32"], result: "i32" },
} as const;

type Descriptors = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: Descriptors | undefined | null;

/** The C library's functions for descriptors; `undefined` where it has none of the usual names. */
export function descriptors(): Descriptors | undefined {
  if (opened !== undefined) return opened ?? undefined;
  try {
    opened = Deno.dlopen(Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6", SYMBOLS).symbols;
    return opened;
  } catch {
    opened = null;
    return undefined;
  }
}

/** Sends to stderr what is printed to stdout from now on: in one stream the lines keep their order. */
export function mergeStdoutIntoStderr(): void {
  descriptors()?.dup2(2, 1);
}
