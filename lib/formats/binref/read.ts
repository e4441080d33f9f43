/**
 * Reading arrays from the files that a payload refers to, and expanding what is compressed in it.
 * @module
 */
import { type DataOf, type DType, DTYPES } from "../../arrays/dtypes.ts";
import { allocate, bytesOf, dataOf, release } from "../../arrays/data.ts";
import { ArrayFault } from "../../arrays/fault.ts";
import { type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { type InputFiles, openInput } from "../../storage/access.ts";
import { StorageError } from "../../storage/error.ts";
import type { Source } from "../../storage/backend.ts";
import { importLater } from "../../import_later.ts";
import { binrefError, type Reference, type Unread } from "./reference.ts";
import { decodeError, normalizeBools } from "../buffers.ts";
import type { Place } from "../resolve.ts";

/** Arrays that are read at a time: what is far away takes long to answer. */
const MOST_AT_ONCE = 4;

/** Reads every array, and puts it in its place, or the `ArrayFault` that says why it cannot be read. */
export async function readPlaces(places: readonly Place[], inputs: InputFiles | undefined): Promise<void> {
  const files = new OpenFiles(places, inputs);
  // Those of one file after each other, so that few files are open at a time.
  const pathOf = ({ array: { from } }: Place) => from instanceof Uint8Array ? "" : from.path;
  const queue = Map.groupBy(places, pathOf).values().flatMap((group) => group);
  const work = async () => {
    for (const { array, put } of queue) put(await readArray(array, files));
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
}

async function readArray(array: Unread, files: OpenFiles): Promise<NdArray | ArrayFault> {
  const { from } = array;
  const path = from instanceof Uint8Array ? "" : from.path;
  try {
    if (from instanceof Uint8Array) return arrayOf(array, await expanded(from, array, "base64"));
    return await files.use(path, async (source) => arrayOf(array, await readFrom(source, array, from)));
  } catch (error) {
    if (error instanceof ArrayFault) return error;
    // The words of the payload: where that is, is not for everybody to know.
    if (error instanceof StorageError) {
      const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
      return binrefError(error.kind === "refused" ? error.reason : `${shown}: ${error.reason}`);
    }
    if (error instanceof RangeError) {
      return decodeError(from instanceof Uint8Array ? "base64" : "binref", "the array does not fit into memory");
    }
    throw error;
  }
}

function arrayOf({ dtype, shape }: Unread, data: DataOf<DType>): NdArray {
  if (dtype === "bool") normalizeBools(data);
  return { dtype, shape, data };
}

function readFrom(source: Source, array: Unread, reference: Reference): Promise<DataOf<DType>> {
  return array.compression === null ? readPlain(source, array, reference) : readCompressed(source, array, reference);
}

/** What the file holds is checked before memory is asked for. */
async function readPlain(source: Source, array: Unread, reference: Reference): Promise<DataOf<DType>> {
  checkSize(source, reference, bytesIn(array));
  const data = allocate(array.dtype, sizeOf(array.shape));
  await source.read(bytesOf(data), reference.offset);
  return data;
}

async function readCompressed(source: Source, array: Unread, reference: Reference): Promise<DataOf<DType>> {
  const { path, offset, size } = reference;
  const bytes = bytesIn(array);
  if (size === undefined) throw binrefError(`${path}: compressed data needs its size, as path:offset:size`);
  checkSize(source, reference, size);
  // What cannot be compressed grows by a few bytes a block.
  if (size > 2 * bytes + 2 ** 16) throw binrefError(`${path}: ${size} bytes are too many for ${bytes} when expanded`);
  const frame = new Uint8Array(size);
  await source.read(frame, offset);
  return await expanded(frame, array, "binref");
}

const bytesIn = ({ dtype, shape }: Unread): number => sizeOf(shape) * DTYPES[dtype].bytes;

function checkSize({ size }: Source, { path, offset }: Reference, bytes: number): void {
  if (offset + bytes <= size) return;
  throw binrefError(
    `${path} is too short: expected ${bytes} bytes at offset ${offset}, but it has ${size} bytes in all`,
  );
}

/** The elements that a frame holds, exactly as many as the array has. */
async function expanded(frame: Uint8Array<ArrayBuffer>, array: Unread, encoding: string): Promise<DataOf<DType>> {
  const { CorruptFrame, decompressFrame } = await importLater<typeof import("../lz4/frame.ts")>("formats/lz4/frame.ts");
  try {
    const data = dataOf(array.dtype, decompressFrame(frame, bytesIn(array)).buffer);
    release(frame);
    return data;
  } catch (error) {
    if (error instanceof CorruptFrame) throw decodeError(encoding, error.message);
    throw error;
  }
}

/** Files, each opened when it is first used and closed after the last use that was announced. */
class OpenFiles {
  readonly #uses = new Map<string, number>();
  readonly #sources = new Map<string, Promise<Source>>();

  constructor(places: readonly Place[], private readonly inputs: InputFiles | undefined) {
    for (const { array: { from } } of places) {
      if (!(from instanceof Uint8Array)) this.#uses.set(from.path, (this.#uses.get(from.path) ?? 0) + 1);
    }
  }

  async use<T>(path: string, action: (source: Source) => Promise<T>): Promise<T> {
    const opened = this.#sources.get(path) ?? this.#open(path);
    this.#sources.set(path, opened);
    try {
      return await action(await opened);
    } finally {
      const left = this.#uses.get(path)! - 1;
      this.#uses.set(path, left);
      if (left === 0) {
        this.#sources.delete(path);
        await opened.then((source) => source.close(), () => {});
      }
    }
  }

  async #open(path: string): Promise<Source> {
    if (this.inputs === undefined) throw new StorageError("refused", path, "no files can be read here");
    return await openInput(path, this.inputs);
  }
}
