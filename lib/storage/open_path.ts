import { cString, withLibc } from "../host/libc.ts";
import { StorageError } from "./error.ts";
import { realPath } from "./local.ts";

/** A file or folder that a path leads to. */
interface Found {
  /** Where it lies, without symbolic links. */
  readonly real: string;
  /** A path that opens it. */
  readonly path: string;
}

/** Of Linux: a descriptor that stands for a file without opening it, so that no pipe can make it wait. */
const O_PATH = 0o10000000, O_CLOEXEC = 0o2000000;

/**
 * Calls `use` with the file that a path leads to. On Linux a descriptor holds on to it, so that what was checked is
 * still true when it is opened, even if somebody replaces files by symbolic links meanwhile. Elsewhere `use` gets the
 * path with its links resolved.
 */
export async function withOpenPath<T>(location: string, use: (found: Found) => Promise<T>): Promise<T> {
  const descriptor = hasDescriptorPaths()
    ? withLibc(({ open }) => open(cString(location), O_PATH | O_CLOEXEC))
    : undefined;
  if (descriptor === undefined || location.includes("\0")) {
    const real = await realPath(location);
    return await use({ real, path: real });
  }
  if (descriptor < 0) {
    // The usual reasons, such as that there is no such file, come from here.
    await realPath(location);
    throw new StorageError("failed", location, "it cannot be opened at this moment; try again");
  }
  try {
    const path = `/proc/self/fd/${descriptor}`;
    return await use({ real: Deno.readLinkSync(path), path });
  } finally {
    withLibc(({ close }) => close(descriptor));
  }
}

let hasProc: boolean | undefined;

function hasDescriptorPaths(): boolean {
  try {
    return hasProc ??= Deno.build.os === "linux" && Deno.statSync("/proc/self/fd").isDirectory;
  } catch {
    return hasProc = false;
  }
}
