import assert from "node:assert/strict";
import { withLibc } from "../../lib/host/libc.ts";
import { StorageError, type StorageFault } from "../../lib/storage/error.ts";
import type { RetryPolicy } from "../../lib/storage/request.ts";

// Opened before any test: up to Deno 2.4 what a test leaves open of a library is a leak.
withLibc(({ open, close }) => [open, close]);

/** Tries as often as the real one, without its pauses; on a busy machine an answer may take seconds. */
export const IMPATIENT: RetryPolicy = { attempts: 5, pause: 1, silence: 60_000 };

/** All bytes of a stream. */
export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const blob = new Blob(await Array.fromAsync(chunks) as Uint8Array<ArrayBuffer>[]);
  return new Uint8Array(await blob.arrayBuffer());
}

/** Is it a `StorageError` of this kind, and do its words say so? For `assert.rejects`. */
export const fault = (kind: StorageFault, words = /./) => (error: unknown): boolean => {
  if (!(error instanceof StorageError)) throw error;
  if (error.kind !== kind || !words.test(error.message)) throw new Error(`${error.kind}: ${error.message}`);
  return true;
};

/** A folder of its own for a test, removed after it. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Bytes that tell where they stand. */
export function numbered(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8);
  return bytes;
}

/** Compares many bytes, quickly. */
export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.equal(actual?.length, expected.length);
  assert.equal(expected.findIndex((byte, i) => byte !== actual![i]), -1, "the first byte that differs");
}

/** Does the promise resolve or reject in so many milliseconds? */
export async function settledIn(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(() => true, () => true);
  return await Promise.race([settled, new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, false))]);
}
