/**
 * Files in memory, and memory that two processes share. Only Linux has them; elsewhere these functions return
 * `undefined`, and their callers do without.
 * @module
 */
import { cString, type Libc, withLibc } from "./libc.ts";

const MFD_CLOEXEC = 1, MFD_NOEXEC_SEAL = 8;
const O_WRONLY = 1, O_RDWR = 2, O_APPEND = 0o2000, O_CLOEXEC = 0o2000000;
const RLIMIT_FSIZE = 1, RLIMIT_NOFILE = 7;
const PROT_READ_WRITE = 3, MAP_SHARED = 1;
const FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2;

/** A new empty file in memory, by its descriptor. Child programs do not inherit it; a name is for debugging only. */
export function createMemoryFile(name: string): number | undefined {
  return onLinux((libc) => {
    const label = cString(name);
    let fd = libc.memfd_create(label, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    // Kernels before 6.3 do not know the second flag.
    if (fd < 0) fd = libc.memfd_create(label, MFD_CLOEXEC);
    return fd < 0 ? undefined : fd;
  });
}

/** The path by which this process, and others of the same user while this one lives, can open a descriptor. */
export const descriptorPath = (fd: number): string => `/proc/${Deno.pid}/fd/${fd}`;

/** Opens a file for appending; `undefined` if that fails. */
export function openForAppending(path: string): number | undefined {
  return openFile(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

function openFile(path: string, flags: number): number | undefined {
  return onLinux((libc) => {
    const fd = libc.open(cString(path), flags);
    return fd < 0 ? undefined : fd;
  });
}

export function closeDescriptor(fd: number): void {
  withLibc((libc) => libc.close(fd));
}

/** Gives the memory of a part of a file back to the system. The rest of the file keeps its offsets. */
export function punchHole(fd: number, from: number, to: number): void {
  withLibc((libc) => libc.fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, BigInt(from), BigInt(to - from)));
}

/** New memory of this size that other processes can map by its path. Never unmapped: it may still be in use. */
export function createSharedMemory(size: number): { path: string; memory: ArrayBuffer } | undefined {
  return onLinux((libc) => {
    if (largestFile(libc) < size) return undefined;
    const fd = createMemoryFile("tesseract");
    if (fd === undefined) return undefined;
    const memory = libc.ftruncate(fd, BigInt(size)) === 0 ? map(libc, fd, size) : undefined;
    if (memory !== undefined) return { path: descriptorPath(fd), memory };
    libc.close(fd);
    return undefined;
  });
}

/** Maps memory of this size that another process made by `createSharedMemory`. */
export function openSharedMemory(path: string, size: number): ArrayBuffer | undefined {
  return onLinux((libc) => {
    const fd = openFile(path, O_RDWR | O_CLOEXEC);
    if (fd === undefined) return undefined;
    const memory = map(libc, fd, size);
    libc.close(fd);
    return memory;
  });
}

function map(libc: Libc, fd: number, size: number): ArrayBuffer | undefined {
  const pointer = libc.mmap(null, BigInt(size), PROT_READ_WRITE, MAP_SHARED, fd, 0n);
  // MAP_FAILED is −1.
  if (pointer === null || BigInt.asIntN(64, BigInt(Deno.UnsafePointer.value(pointer))) === -1n) return undefined;
  return Deno.UnsafePointerView.getArrayBuffer(pointer, size);
}

const kept = new Set<() => void>();

/** Registers a function that drops memory kept for the next call. `releaseMemory` calls it. */
export function dropAtRest(drop: () => void): void {
  kept.add(drop);
}

/**
 * Gives memory that this process no longer uses back to the system. V8 collects garbage only when it allocates, and the
 * C library keeps freed memory: an idle process would stay as large as it ever was. Takes some 0.1 s.
 */
export async function releaseMemory(): Promise<void> {
  for (const drop of kept) drop();
  await collectGarbage().catch(() => {}); // User code may have changed what this needs.
  await Deno.lstat("/"); // The memory of buffers is freed when the event loop has turned.
  onLinux((libc) => libc.malloc_trim(0n));
}

/** Allocating this many buffers of this size makes V8 collect garbage. They are never written to, so take no memory. */
const PRESSURE = { bytes: 2 ** 28, count: 8 } as const;

async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--expose-gc");
  const { runInNewContext } = await import("node:vm");
  const collect: unknown = runInNewContext("globalThis.gc");
  if (typeof collect === "function") return collect();
  // Deno before 2.8 does not give the function to new contexts.
  for (let i = 0; i < PRESSURE.count; i++) new ArrayBuffer(PRESSURE.bytes);
}

/** May files grow without limit? A limit holds for files in memory too, and a process that exceeds it gets a signal. */
export function mayFilesGrow(): boolean {
  return onLinux(largestFile) === Infinity;
}

function largestFile(libc: Libc): number {
  const limits = new BigUint64Array(2);
  if (libc.getrlimit(RLIMIT_FSIZE, limits) !== 0) return 0;
  return limits[0]! === 2n ** 64n - 1n ? Infinity : Number(limits[0]!);
}

/** Raises this process's limit of open files to the highest value that the system allows. */
export function raiseFileLimit(): void {
  onLinux((libc) => {
    const limits = new BigUint64Array(2);
    libc.getrlimit(RLIMIT_NOFILE, limits);
    limits[0] = limits[1]!;
    libc.setrlimit(RLIMIT_NOFILE, limits);
  });
}

function onLinux<T>(use: (libc: Libc) => T): T | undefined {
  return Deno.build.os === "linux" ? withLibc(use) : undefined;
}
