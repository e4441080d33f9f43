/**
 * Reading and writing files, wherever they are: on the local disk, behind `http(s)://`, in an S3-compatible store.
 * A location is an absolute path or a URI. What a place needs is loaded when it is first used. All of it throws
 * `StorageError`.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { MayFollow, Source, Storage } from "./backend.ts";
import type { Chunks } from "./chunks.ts";
import { StorageError } from "./error.ts";
import { join, schemeOf } from "./location.ts";

/** A new kind of storage is a file of its own, and a line here. */
const STORAGES: Readonly<Record<string, () => Promise<Storage>>> = {
  path: once(async () => (await importLater<typeof import("./local.ts")>("storage/local.ts")).localStorage),
  http: once(async () => (await importLater<typeof import("./http.ts")>("storage/http.ts")).httpStorage()),
  https: once(async () => (await importLater<typeof import("./http.ts")>("storage/http.ts")).httpStorage()),
  s3: once(async () => (await importLater<typeof import("./s3.ts")>("storage/s3.ts")).s3Storage()),
};

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

async function storageOf(location: string): Promise<Storage> {
  const scheme = schemeOf(location) ?? "path";
  if (!Object.hasOwn(STORAGES, scheme)) {
    throw new StorageError("unsupported", location, "expected a local path, http://, https:// or s3://");
  }
  return await STORAGES[scheme]!();
}

/** Opens a file to read parts of it. */
export async function open(location: string, mayFollow?: MayFollow): Promise<Source> {
  return await (await storageOf(location)).open(location, mayFollow);
}

/** Reads a file from its beginning to its end. What cannot be read at all is refused before this returns. */
export async function stream(location: string): Promise<AsyncIterable<Uint8Array>> {
  return await (await storageOf(location)).stream(location);
}

/** Is there a file (or a local folder)? */
export async function exists(location: string): Promise<boolean> {
  return await (await storageOf(location)).exists(location);
}

/**
 * Writes a file whole or not at all: until the last byte is there, whoever looks sees the file that was there before,
 * or none. Missing local folders are made.
 */
export async function write(location: string, chunks: Chunks): Promise<void> {
  const storage = await storageOf(location);
  if (storage.write === undefined) throw readOnly(location);
  await storage.write(location, chunks);
}

/** Throws where no file in this folder can ever be written, as far as that is known without asking anybody. */
export async function checkWritable(folder: string): Promise<void> {
  const scheme = schemeOf(folder) ?? "path";
  const storage = Object.hasOwn(STORAGES, scheme) ? await STORAGES[scheme]!() : undefined;
  if (storage?.write === undefined) {
    throw new StorageError(
      "unsupported",
      folder,
      "nothing can be written there; expected a local path or s3://BUCKET/KEY",
    );
  }
  await storage.checkWritable?.(join(folder, "file"));
}

/** Removes a file, if it is there. */
export async function remove(location: string): Promise<void> {
  const storage = await storageOf(location);
  if (storage.remove === undefined) throw readOnly(location);
  await storage.remove(location);
}

function readOnly(location: string): StorageError {
  return new StorageError(
    "unsupported",
    location,
    "nothing can be written over HTTP; expected a local path or s3://BUCKET/KEY",
  );
}

export { StorageError } from "./error.ts";
