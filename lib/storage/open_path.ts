import { cString, withLibc } from "../host/libc.ts";
import { StorageError } from "./error.ts";
import { realPath } from "./local.ts";
import { isThere } from "./regular_file.ts";

/** A file or folder that a path leads to. */
interface Found {
  /** Where it lies, without symbolic links. */
  readonly real: string;
  /** A path that opens it. */
  readonly path: string;
}

/** Flags of Linux. `O_PATH`: a descriptor that refers to a file without opening it, so that a pipe does not block. */
const O_PATH = 0o10000000, O_CLOEXEC = 0o2000000;

let hasProc: boolean | undefined;

/**
 * Calls `use` with the file that a path leads to. On Linux a descriptor refers to it, so that the file that `use`
 * checks is the one that it opens, even if somebody replaces files by symbolic links meanwhile. Elsewhere `use` gets
 * the path with its links resolved.
 */
export async function withOpenPath<T>(location: string, use: (found: Found) => Promise<T>): Promise<T> {
  hasProc ??= Deno.build.os === "linux" && isThere("/proc/self/fd");
  const descriptor = hasProc && !location.includes("\0")
    ? withLibc(({ open }) => open(cString(location), O_PATH | O_CLOEXEC))
    : undefined;
  if (descriptor === undefined) {
    const real = await realPath(location);
    return await use({ real, path: real });
  }
  if (descriptor < 0) {
    // This throws for the usual reasons, such as that there is no such file.
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
