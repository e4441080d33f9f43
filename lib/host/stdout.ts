/**
 * Keeps stdout for the result alone, whatever the user module prints and by whatever means.
 *
 * Descriptor 1 is pointed at stderr, which redirects native code as well, and the result is written to a duplicate of
 * the original stdout. Without a known C library, `console` and `Deno.stdout` are patched: only JavaScript is
 * redirected.
 * @module
 */
import { pointAt, printDescriptors, writeTo } from "./descriptors.ts";
import { withLibc } from "./libc.ts";

/** Redirects everything that is printed to stdout to stderr. Returns the function that writes to the real stdout. */
export async function claimStdout(): Promise<(bytes: Uint8Array) => void> {
  return claimDescriptor() ?? await claimByPatching();
}

/** Makes `fcntl` duplicate a descriptor. Child programs do not inherit it: they would keep a pipe open. */
const F_DUPFD_CLOEXEC = 1030;

/** Points descriptor 1 at stderr; `undefined` if there is no known C library, or stdout is closed. */
export function claimDescriptor(): ((bytes: Uint8Array) => void) | undefined {
  return withLibc((libc) => {
    const stdouts = printDescriptors(1);
    const descriptor = libc.fcntl(1, F_DUPFD_CLOEXEC, 3);
    if (descriptor < 0) return undefined;
    for (const fd of stdouts) pointAt(libc, fd, 2);
    return (bytes) => writeTo(libc, descriptor, bytes, "stdout");
  });
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
  return (bytes) => {
    for (let done = 0; done < bytes.length;) done += writeSync(bytes.subarray(done));
  };
}
