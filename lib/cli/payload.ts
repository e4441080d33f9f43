/**
 * JSON_PAYLOAD: a JSON text, or `@` and where to read it from. Nothing is read here before somebody asks for it, but
 * what cannot be read is refused at once.
 * @module
 */
import { AVAILABLE_FORMATS } from "../formats/formats.ts";
import type { Chunks } from "../formats/format.ts";
import { UsageError } from "./errors.ts";
import type { Surroundings } from "./invocation.ts";
import { absolutePath, folderOf, isUri } from "./paths.ts";

/** A payload that can be read. */
export interface Payload {
  readonly chunks: Chunks;
  readonly format: "json" | "msgpack";
  /** The folder that it lies in, if it is a file. */
  readonly folder: string | undefined;
}

/** Opens what the argument names. Throws a `UsageError` if it cannot be read. */
export async function openPayload(argument: string, { io, cwd }: Surroundings): Promise<Payload> {
  if (!argument.startsWith("@")) {
    return { chunks: [new TextEncoder().encode(argument)], format: "json", folder: undefined };
  }
  const place = argument.slice(1);
  if (place === "-") return await openStdin(io.stdin());
  if (/^https?:\/\//i.test(place)) return await openUrl(place);
  if (isUri(place)) throw new UsageError(`${argument}: expected a local path or a URL with http or https`);
  return await openFile(absolutePath(place, cwd), argument);
}

async function openFile(path: string, argument: string): Promise<Payload> {
  const format = formatOf(path, argument);
  let file;
  try {
    file = await Deno.open(path);
    if ((await file.stat()).isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  } catch (error) {
    file?.close();
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UsageError(`${argument}: cannot be read: ${reason}`);
  }
  return { chunks: piecesOf(file), format, folder: folderOf(path) };
}

const PIECE = 1 << 20;

/** The bytes of a file. (`file.readable` does the same, and costs 2 ms before its first byte.) */
async function* piecesOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  try {
    const { size } = await file.stat();
    // one byte more: the end is then seen by a read that comes back short
    let piece = new Uint8Array(Math.min(size + 1, PIECE));
    for (let n = await file.read(piece); n !== null; n = await file.read(piece)) {
      yield piece.subarray(0, n);
      piece = new Uint8Array(PIECE);
    }
  } finally {
    file.close();
  }
}

async function openUrl(url: string): Promise<Payload> {
  if (!URL.canParse(url)) throw new UsageError(`@${url}: expected a URL`);
  const format = formatOf(new URL(url).pathname, `@${url}`);
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new UsageError(`@${url}: cannot be read: ${(error as Error).message}`);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new UsageError(`@${url}: cannot be read: the server answered ${response.status}`);
  }
  return { chunks: response.body ?? [], format, folder: undefined };
}

/** Standard input is JSON, unless it starts as a msgpack map does, which no UTF-8 text can. */
async function openStdin(stdin: AsyncIterable<Uint8Array>): Promise<Payload> {
  const chunks = stdin[Symbol.asyncIterator]();
  let first = await chunks.next();
  while (!first.done && first.value.length === 0) first = await chunks.next();
  const byte = first.done ? undefined : first.value[0]!;
  const isMap = byte !== undefined && ((byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf);
  if (isMap) requireMsgpack("@-");
  const all = async function* () {
    for (let next = first; !next.done; next = await chunks.next()) yield next.value;
  };
  return { chunks: all(), format: isMap ? "msgpack" : "json", folder: undefined };
}

function formatOf(path: string, argument: string): Payload["format"] {
  if (!path.endsWith(".msgpack")) return "json";
  requireMsgpack(argument);
  return "msgpack";
}

function requireMsgpack(argument: string): void {
  if (!AVAILABLE_FORMATS.includes("msgpack")) {
    throw new UsageError(`${argument}: is msgpack, which this version cannot read; expected JSON`);
  }
}
