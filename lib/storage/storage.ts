/**
 * Reading and writing files, wherever they are: on the local disk, behind `http(s)://`, in an S3-compatible store.
 * A location is an absolute path or a URI. The code for each kind of storage is loaded when it is first used. All
 * functions throw `StorageError`.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { Chunks, MayFollow, Source, Storage, WritableStorage } from "./backend.ts";
import { StorageError } from "./error.ts";
import { join } from "./location.ts";
import { schemeOf } from "../uri.ts";

/**
 * The kinds of storage, by the scheme of their locations (`""` for local paths). A new one is a file of its own, and a
 * line here.
 */
export const STORAGES: Record<string, () => Promise<Storage>> = {
  "": async () => (await importLater<typeof import("./local.ts")>("storage/local.ts")).localStorage,
  http: async () => (await importLater<typeof import("./http.ts")>("storage/http.ts")).httpStorage(),
  https: async () => (await importLater<typeof import("./http.ts")>("storage/http.ts")).httpStorage(),
  s3: async () => (await importLater<typeof import("./s3.ts")>("storage/s3.ts")).s3Storage(),
};

/** The storages in use. They are kept, because a connection to a store keeps its credentials. */
const loaded = new Map<string, Promise<Storage>>();

async function storageOf(location: string): Promise<Storage> {
  const scheme = schemeOf(location) ?? "";
  if (!Object.hasOwn(STORAGES, scheme)) {
    const known = Object.keys(STORAGES).filter((name) => name !== "").map((name) => `${name}://`);
    throw new StorageError("unsupported", location, `expected a local path, ${known.join(", ")}`);
  }
  const storage = loaded.get(scheme) ?? STORAGES[scheme]!();
  loaded.set(scheme, storage);
  return await storage;
}

/** The storage of a location, to write to it. */
async function writable(location: string): Promise<WritableStorage> {
  const storage = await storageOf(location);
  if (!("write" in storage)) throw readOnly(location);
  return storage as WritableStorage;
}

function readOnly(location: string): StorageError {
  const words = "nothing can be written there; expected a local path or s3://BUCKET/KEY";
  return new StorageError("unsupported", location, words);
}

/** Opens a file to read parts of it. */
export async function open(location: string, mayFollow?: MayFollow): Promise<Source> {
  return await (await storageOf(location)).open(location, mayFollow);
}

/** Reads a whole file. Where nothing of it can be read, it throws before it returns. */
export async function stream(location: string): Promise<AsyncIterable<Uint8Array>> {
  return await (await storageOf(location)).stream(location);
}

/** Is there a file, or a local folder? */
export async function exists(location: string): Promise<boolean> {
  return await (await storageOf(location)).exists(location);
}

/**
 * Writes a file whole or not at all: until the last byte is written, others see the old file, or none. Missing local
 * folders are made.
 */
export async function write(location: string, chunks: Chunks): Promise<void> {
  await (await writable(location)).write(location, chunks);
}

/** Throws where it is known beforehand that nothing can be written into this folder. */
export async function checkWritable(folder: string): Promise<void> {
  if (!Object.hasOwn(STORAGES, schemeOf(folder) ?? "")) throw readOnly(folder);
  await (await writable(folder)).checkWritable?.(join(folder, "file"));
}

/** Removes a file, if it is there. */
export async function remove(location: string): Promise<void> {
  await (await writable(location)).remove(location);
}

/** Writes a file if there is none (`WritableStorage.create`). */
export async function create(location: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return await (await writable(location)).create(location, bytes);
}

/** The names of the files and folders that lie in a folder; none if it is not there. */
export async function list(folder: string): Promise<string[]> {
  return await (await writable(folder)).list(folder);
}

/** Removes a file, or a folder with all that lies in it, if it is there; also while somebody writes to the folder. */
export async function removeTree(location: string): Promise<void> {
  await (await writable(location)).removeTree(location);
}

export { StorageError } from "./error.ts";
