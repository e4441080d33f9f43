/**
 * A worker must not outlive its server, not even one that is killed while user code computes and reads no socket.
 * @module
 */

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

/** Asks Linux to kill this process when its parent ends. Elsewhere the closed socket ends it, as soon as user code lets it. */
export function dieWithParent(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
    });
    symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n);
  } catch {
    // no libc of this name: then as elsewhere
  }
}
