/**
 * The argument JSON_PAYLOAD: a JSON text, or `@` and where to read it from. Opening it reports files that cannot be
 * read; the content is read later, while it is decoded.
 * @module
 */
import type { Chunks } from "../../storage/backend.ts";
import { DEFAULT_FORMAT, type FormatName, formatOfFile, formatOfFirstByte } from "../../formats/registry.ts";
import { importLater } from "../../import_later.ts";
import { absolutePath, folderOf, parseUrl } from "../../storage/location.ts";
import { isUri, schemeOf } from "../../uri.ts";
import type { CommandContext } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { Surroundings } from "./io.ts";

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
  return await openFile(isUri(place) ? place : absolutePath(place, cwd), argument);
}

/** The input path of a call: the one that was given, else the folder of the payload's file, else the current one. */
export function inputPathOf({ folder }: Payload, { settings, cwd }: Pick<CommandContext, "settings" | "cwd">): string {
  return settings.inputPath ?? folder ?? cwd;
}

/** Opens a file at an absolute path or a URI. */
async function openFile(location: string, argument: string): Promise<Payload> {
  const { stream, StorageError } = await importLater<typeof import("../../storage/storage.ts")>("storage/storage.ts");
  const explained = (error: unknown) => {
    if (!(error instanceof StorageError)) return error;
    return new UsageError(`${argument}: cannot be read: ${error.reason}`);
  };
  const reading = async function* (chunks: AsyncIterable<Uint8Array>) {
    try {
      yield* chunks;
    } catch (error) {
      throw explained(error);
    }
  };
  try {
    const scheme = schemeOf(location);
    const format = formatOfFile(scheme === "http" || scheme === "https" ? parseUrl(location).pathname : location);
    return { chunks: reading(await stream(location)), format, folder: folderOf(location) };
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
