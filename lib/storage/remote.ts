/**
 * Reading what lies on another server: any part of it, or all of it. A connection that breaks is opened again, and
 * reading goes on where it stopped.
 * @module
 */
import { StorageError } from "./error.ts";
import { COMPRESSED, isTransient, type Patience, pauseAfter, type Reply, retrying } from "./request.ts";
import type { Source } from "./backend.ts";

/** A file on another server. */
export interface RemoteFile {
  readonly location: string;
  readonly patience: Patience;
  /** Asks for it as it is, once. Statuses other than 200, 206, 412 and 416 are thrown as a `StorageError`. */
  get(headers: Readonly<Record<string, string>>): Promise<Reply>;
}

/** Opens it to read parts of it. */
export async function openRemote(file: RemoteFile): Promise<Source> {
  const { size, version } = await retrying(file.patience, () => probe(file));
  return { size, read: (target, offset) => readAt(file, target, offset, version), close() {} };
}

/** Reads all of it. What cannot be read at all is refused before this returns. */
export async function streamRemote(file: RemoteFile): Promise<AsyncIterable<Uint8Array>> {
  const pieces = bytesFrom(file, 0, undefined, undefined);
  const first = await pieces.next();
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return(undefined);
    }
  })();
}

/** Is it there, whether it can be read here or not? */
export async function existsRemote(file: RemoteFile): Promise<boolean> {
  try {
    await retrying(file.patience, async () => await (await file.get({ range: "bytes=0-0" })).discard());
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.kind === "not-found") return false;
    throw error;
  }
}

/** Asks for its bytes, or for a part of them. */
async function get(file: RemoteFile, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const reply = await file.get(headers);
  // Some stores name other encodings here, which they have undone.
  const isCompressed = /\b(?:gzip|deflate|compress|br|zstd)\b/i.test(reply.headers.get("content-encoding") ?? "");
  if (!isCompressed || reply.status > 206) return reply;
  await reply.discard();
  throw new StorageError("unsupported", file.location, COMPRESSED);
}

/**
 * Its size, and what tells it from what may later be there. Asked by a request for the first byte: unlike HEAD, this
 * says why where it fails, and works with URLs that are signed for GET alone.
 */
async function probe(file: RemoteFile): Promise<{ size: number; version: Version }> {
  const reply = await get(file, { range: "bytes=0-0" });
  await reply.discard();
  // Only a file without bytes has no first byte.
  const size = reply.status === 416 ? 0 : sizeOf(reply);
  if (size === undefined) {
    throw new StorageError("unsupported", file.location, "the server does not say how large the file is");
  }
  return { size, version: versionOf(reply) };
}

async function readAt(file: RemoteFile, target: Uint8Array, offset: number, version: Version) {
  if (target.length === 0) return;
  let done = 0;
  for await (const piece of bytesFrom(file, offset, offset + target.length, version)) {
    target.set(piece, done);
    done += piece.length;
  }
}

/** The bytes from `start` to `end`, or to the end of the file. */
async function* bytesFrom(
  file: RemoteFile,
  start: number,
  end: number | undefined,
  version: Version | undefined,
): AsyncGenerator<Uint8Array> {
  let at = start;
  let last = end;
  let failures = 0;
  for (;;) {
    try {
      const reply = await ask(file, at, end, version);
      version ??= versionOf(reply);
      last ??= sizeOf(reply);
      for await (const piece of within(reply, at, end)) {
        failures = 0;
        at += piece.length;
        if (last !== undefined && at > last) throw changed(file);
        yield piece;
      }
      if (last === undefined || at === last) return;
      throw new StorageError("network", file.location, "the server sent less than it was asked for");
    } catch (error) {
      // All was there but the news that it was all.
      if (at === last) return;
      if (!isTransient(error) || ++failures >= file.patience.attempts) throw error;
      await pauseAfter(failures, file.patience);
    }
  }
}

async function ask(file: RemoteFile, at: number, end: number | undefined, version: Version | undefined) {
  const reply = await get(file, {
    ...at > 0 || end !== undefined ? { range: `bytes=${at}-${end === undefined ? "" : end - 1}` } : {},
    ...version?.tag === undefined ? {} : { "if-match": version.tag },
  });
  const isOther = reply.status === 412 || version !== undefined && differ(version, versionOf(reply));
  if (isOther || reply.status === 416 || reply.status === 206 && startOf(reply) !== at) {
    await reply.discard();
    throw changed(file);
  }
  return reply;
}

function changed({ location }: RemoteFile): StorageError {
  return new StorageError("changed", location, "the file changed while it was being read; try again");
}

/** The body from `at` to `end`: a server that does not know ranges sends all of the file. */
async function* within(reply: Reply, at: number, end: number | undefined): AsyncGenerator<Uint8Array> {
  let position = reply.status === 206 ? at : 0;
  for await (const piece of reply.pieces()) {
    const from = Math.max(at - position, 0);
    const to = end === undefined ? piece.length : Math.min(end - position, piece.length);
    position += piece.length;
    if (from < to) yield piece.subarray(from, to);
    if (end !== undefined && position >= end) return;
  }
}

/** What tells a file from another one in its place, as far as the server says it. */
interface Version {
  /** An ETag that stands for the very bytes. */
  readonly tag: string | undefined;
  /**
   * When it was last modified, where no such tag says more. It is compared, and not sent as If-Unmodified-Since: stores
   * that know fractions of a second take each file for newer than they said.
   */
  readonly modified: string | undefined;
  readonly size: number | undefined;
}

function versionOf(reply: Reply): Version {
  const tag = reply.headers.get("etag");
  const size = sizeOf(reply);
  if (tag !== null && !tag.startsWith("W/")) return { tag, modified: undefined, size };
  return { tag: undefined, modified: reply.headers.get("last-modified") ?? undefined, size };
}

/** Does something differ that is known of both? */
function differ(before: Version, now: Version): boolean {
  return (["tag", "modified", "size"] as const).some((key) =>
    before[key] !== undefined && now[key] !== undefined && before[key] !== now[key]
  );
}

/** The size of the whole file, if the server says it. */
function sizeOf({ status, headers }: Reply): number | undefined {
  const size = status === 200
    ? headers.get("content-length")
    : /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  return typeof size === "string" ? Number(size) : undefined;
}

/** Of `Content-Range: bytes 5-9/1234`. */
function startOf({ headers }: Reply): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}
