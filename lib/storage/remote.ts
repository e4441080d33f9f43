/**
 * Reading what lies on another server: any part of it, or all of it. A connection that breaks is opened again, and
 * reading goes on where it stopped.
 * @module
 */
import { StorageError, wasFound } from "./error.ts";
import { COMPRESSED, type HttpResponse, isTransient, pauseAfter, retrying, type RetryPolicy } from "./request.ts";
import type { MayFollow, Source, Storage } from "./backend.ts";

export interface RemoteFile {
  readonly location: string;
  readonly policy: RetryPolicy;
  /** Sends one GET. Statuses other than 200, 206, 412 and 416 are thrown as a `StorageError`. */
  get(headers: Readonly<Record<string, string>>): Promise<HttpResponse>;
}

/** The functions of a storage that read. `fileAt` gives the file at a location, or throws for an invalid one. */
export function readingRemote(
  fileAt: (location: string, mayFollow?: MayFollow) => RemoteFile,
): Pick<Storage, "open" | "stream" | "exists"> {
  return {
    open: async (location, mayFollow) => await openRemote(fileAt(location, mayFollow)),

    /** Waits for the first chunk: if that fails, the promise rejects, and not the stream later. */
    async stream(location) {
      const pieces = bytesFrom(fileAt(location), 0, undefined, undefined);
      const first = await pieces.next();
      return (async function* () {
        try {
          for (let next = first; !next.done; next = await pieces.next()) yield next.value;
        } finally {
          await pieces.return(undefined);
        }
      })();
    },

    /** Does it exist, even if it cannot be read? */
    async exists(location) {
      const file = fileAt(location);
      const look = async () => await (await file.get({ range: "bytes=0-0" })).discard();
      return await wasFound(retrying(file.policy, look));
    },
  };
}

/** Opens a file to read parts of it. */
export async function openRemote(file: RemoteFile): Promise<Source> {
  const { size, version } = await retrying(file.policy, () => probe(file));
  return { size, read: (target, offset) => readAt(file, target, offset, version), close() {} };
}

/** Asks for the file, or for a part of it, and refuses it where it comes compressed. */
async function get(file: RemoteFile, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
  const response = await file.get(headers);
  // Some stores name other encodings here, which they have undone.
  const isCompressed = /\b(?:gzip|deflate|compress|br|zstd)\b/i.test(response.headers.get("content-encoding") ?? "");
  if (!isCompressed || response.status > 206) return response;
  await response.discard();
  throw new StorageError("unsupported", file.location, COMPRESSED);
}

/**
 * The size of the file, and its version. Requests the first byte by GET, not HEAD: then a response that refuses it has
 * a body with the reason, and it works with URLs that are signed for GET only.
 */
async function probe(file: RemoteFile): Promise<{ size: number; version: Version }> {
  const response = await get(file, { range: "bytes=0-0" });
  await response.discard();
  // Only a file without bytes has no first byte.
  const size = response.status === 416 ? 0 : sizeOf(response);
  if (size === undefined) {
    throw new StorageError("unsupported", file.location, "the server does not say how large the file is");
  }
  return { size, version: versionOf(response) };
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
      const response = await ask(file, at, end, version);
      version ??= versionOf(response);
      last ??= sizeOf(response);
      for await (const piece of within(response, at, end)) {
        failures = 0;
        at += piece.length;
        if (last !== undefined && at > last) throw changed(file);
        yield piece;
      }
      if (last === undefined || at === last) return;
      throw new StorageError("network", file.location, "the server sent less than it was asked for");
    } catch (error) {
      // All bytes had arrived when the connection broke.
      if (at === last) return;
      if (!isTransient(error) || ++failures >= file.policy.attempts) throw error;
      await pauseAfter(failures, file.policy);
    }
  }
}

async function ask(file: RemoteFile, at: number, end: number | undefined, version: Version | undefined) {
  const response = await get(file, {
    ...at > 0 || end !== undefined ? { range: `bytes=${at}-${end === undefined ? "" : end - 1}` } : {},
    ...version?.tag === undefined ? {} : { "if-match": version.tag },
  });
  const isOther = response.status === 412 || version !== undefined && differ(version, versionOf(response));
  if (isOther || response.status === 416 || response.status === 206 && startOf(response) !== at) {
    await response.discard();
    throw changed(file);
  }
  return response;
}

function changed({ location }: RemoteFile): StorageError {
  return new StorageError("changed", location, "the file changed while it was being read; try again");
}

/** The part of the body from `at` to `end`: a server that does not know ranges sends the whole file. */
async function* within(response: HttpResponse, at: number, end: number | undefined): AsyncGenerator<Uint8Array> {
  let position = response.status === 206 ? at : 0;
  for await (const piece of response.chunks()) {
    const from = Math.max(at - position, 0);
    const to = end === undefined ? piece.length : Math.min(end - position, piece.length);
    position += piece.length;
    if (from < to) yield piece.subarray(from, to);
    if (end !== undefined && position >= end) return;
  }
}

/** What a file can be told by from one that replaces it; `undefined` for what the server does not send. */
interface Version {
  /** A strong ETag: it changes with every byte. */
  readonly tag: string | undefined;
  /**
   * When it was last modified, if there is no such tag. It is compared here, and not sent as If-Unmodified-Since:
   * stores that keep fractions of a second consider every file newer than the whole second that they sent.
   */
  readonly modified: string | undefined;
  readonly size: number | undefined;
}

function versionOf(response: HttpResponse): Version {
  const tag = response.headers.get("etag");
  const size = sizeOf(response);
  if (tag !== null && !tag.startsWith("W/")) return { tag, modified: undefined, size };
  return { tag: undefined, modified: response.headers.get("last-modified") ?? undefined, size };
}

/** Is any property different that is known of both? */
function differ(before: Version, now: Version): boolean {
  return (["tag", "modified", "size"] as const).some((key) =>
    before[key] !== undefined && now[key] !== undefined && before[key] !== now[key]
  );
}

/** The size of the whole file, if the server says it. */
function sizeOf({ status, headers }: HttpResponse): number | undefined {
  const size = status === 200
    ? headers.get("content-length")
    : /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  return typeof size === "string" ? Number(size) : undefined;
}

/** Where the part that was sent begins: 5 in `Content-Range: bytes 5-9/1234`. */
function startOf({ headers }: HttpResponse): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}
