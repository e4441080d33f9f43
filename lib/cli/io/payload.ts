/**
 * JSON_PAYLOAD: a JSON text, or `@` and where to read it from. It is opened at once, so that one that cannot be read is
 * refused at once, but its content is read only while it is decoded.
 * @module
 */
import type { Chunks } from "../../storage/backend.ts";
import { DEFAULT_FORMAT, type FormatName, formatOfFile, formatOfFirstByte } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { absolutePath, folderOf, isUri, parseUrl, schemeOf } from "../../storage/location.ts";
import { UsageError } from "../errors.ts";
import type { Surroundings } from "./io.ts";

/** An open payload. */
export interface Payload {
  readonly chunks: Chunks;
  readonly format: FormatName;
  /** The folder of its file, local or a URI; `undefined` if it is not a file. */
  readonly folder: string | undefined;
}

/** Opens what the argument names. Throws a `UsageError` if it cannot be read. */
export async function openPayload(argument: string, { io, cwd }: Surroundings): Promise<Payload> {
  if (!argument.startsWith("@")) {
    return { chunks: [new TextEncoder().encode(argument)], format: DEFAULT_FORMAT, folder: undefined };
  }
  const place = argument.slice(1);
  if (place === "-") return await openStdin(io.stdin());
  if (isUri(place)) return await openUri(place);
  return await openFile(absolutePath(place, cwd), argument);
}

async function openFile(path: string, argument: string): Promise<Payload> {
  const format = formatOfFile(path);
  let file;
  try {
    file = await Deno.open(path);
    if ((await file.stat()).isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  } catch (error) {
    file?.close();
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UsageError(`${argument}: cannot be read: ${reason}`);
  }
  return { chunks: chunksOf(file), format, folder: folderOf(path) };
}

const CHUNK_SIZE = 1 << 20;

/** The bytes of a file. (`file.readable` would do the same, but takes 2 ms before its first byte.) */
async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  try {
    const { size } = await file.stat();
    // One byte more than the file has: a read that does not fill the buffer shows the end.
    let chunk = new Uint8Array(Math.min(size + 1, CHUNK_SIZE));
    for (let n = await file.read(chunk); n !== null; n = await file.read(chunk)) {
      yield chunk.subarray(0, n);
      chunk = new Uint8Array(CHUNK_SIZE);
    }
  } finally {
    file.close();
  }
}

async function openUri(uri: string): Promise<Payload> {
  const { stream, StorageError } = await importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");
  const explained = (error: unknown) =>
    error instanceof StorageError ? new UsageError(`@${uri}: cannot be read: ${error.reason}`) : error;
  const reading = async function* (chunks: AsyncIterable<Uint8Array>) {
    try {
      yield* chunks;
    } catch (error) {
      throw explained(error);
    }
  };
  try {
    const format = formatOfFile(schemeOf(uri) === "s3" ? uri : parseUrl(uri).pathname);
    return { chunks: reading(await stream(uri)), format, folder: folderOf(uri) };
  } catch (error) {
    throw explained(error);
  }
}

/** Standard input is JSON, unless it starts with the byte of a msgpack map, which no UTF-8 text starts with. */
async function openStdin(stdin: AsyncIterable<Uint8Array>): Promise<Payload> {
  const chunks = stdin[Symbol.asyncIterator]();
  let first = await chunks.next();
  while (!first.done && first.value.length === 0) first = await chunks.next();
  const byte = first.done ? undefined : first.value[0]!;
  const all = async function* () {
    for (let next = first; !next.done; next = await chunks.next()) yield next.value;
  };
  return { chunks: all(), format: formatOfFirstByte(byte), folder: undefined };
}
