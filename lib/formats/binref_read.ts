/**
 * Reading arrays from the files that a payload refers to.
 * @module
 */
import { type DataOf, type DType, DTYPES } from "../arrays/dtypes.ts";
import { allocate, bytesOf } from "../arrays/data.ts";
import { ArrayFault } from "../arrays/fault.ts";
import { type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { type InputFiles, openInput } from "../storage/access.ts";
import { StorageError } from "../storage/error.ts";
import type { Source } from "../storage/storage.ts";
import { binrefError, type Unread } from "./binref.ts";
import { normalizeBools } from "./buffers.ts";
import type { Place } from "./resolve.ts";

/** Arrays that are read at a time: what is far away takes long to answer. */
const MOST_AT_ONCE = 4;

/** Reads every array, and puts it in its place, or the `ArrayFault` that says why it cannot be read. */
export async function readPlaces(places: readonly Place[], inputs: InputFiles | undefined): Promise<void> {
  const files = new OpenFiles(places, inputs);
  const queue = places.values();
  const work = async () => {
    for (const { array, put } of queue) put(await readArray(array, files));
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
}

async function readArray(array: Unread, files: OpenFiles): Promise<NdArray | ArrayFault> {
  const { path } = array.reference;
  try {
    return await files.use(path, (source) => readFrom(source, array));
  } catch (error) {
    if (error instanceof ArrayFault) return error;
    // The words of the payload: where that is, is not for everybody to know.
    if (error instanceof StorageError) return binrefError(`${path}: ${error.reason}`);
    throw error;
  }
}

async function readFrom(source: Source, array: Unread): Promise<NdArray> {
  const { dtype, shape, compression } = array;
  const data = compression === null ? await readPlain(source, array) : await readCompressed(source, array);
  if (dtype === "bool") normalizeBools(data);
  return { dtype, shape, data };
}

/** What the file holds is checked before memory is asked for. */
async function readPlain(source: Source, array: Unread): Promise<DataOf<DType>> {
  const { dtype, shape, reference: { offset } } = array;
  checkSize(source, array, bytesIn(array));
  const data = allocate(dtype, sizeOf(shape));
  await source.read(bytesOf(data), offset);
  return data;
}

async function readCompressed(source: Source, array: Unread): Promise<DataOf<DType>> {
  const { dtype, reference: { path, offset, size } } = array;
  const bytes = bytesIn(array);
  if (size === undefined) throw binrefError(`${path}: compressed data needs its size, as path:offset:size`);
  checkSize(source, array, size);
  // What cannot be compressed grows by a few bytes a block.
  if (size > 2 * bytes + 2 ** 16) throw binrefError(`${path}: ${size} bytes are too many for ${bytes} when expanded`);
  const frame = new Uint8Array(size);
  await source.read(frame, offset);
  const Data: new (buffer: ArrayBuffer) => DataOf<DType> = DTYPES[dtype].array;
  return new Data((await expand(frame, bytes)).buffer);
}

const bytesIn = ({ dtype, shape }: Unread): number => sizeOf(shape) * DTYPES[dtype].bytes;

function checkSize({ size }: Source, { reference: { path, offset } }: Unread, bytes: number): void {
  if (offset + bytes <= size) return;
  throw binrefError(
    `${path} is too short: expected ${bytes} bytes at offset ${offset}, but it has ${size} bytes in all`,
  );
}

async function expand(frame: Uint8Array, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { CorruptFrame, decompressFrame } = await import("./lz4.ts");
  try {
    return decompressFrame(frame, bytes);
  } catch (error) {
    if (error instanceof CorruptFrame) throw binrefError(error.message);
    throw error;
  }
}

/** Files, each opened when it is first used and closed after the last use that was announced. */
class OpenFiles {
  readonly #uses = new Map<string, number>();
  readonly #sources = new Map<string, Promise<Source>>();

  constructor(places: readonly Place[], private readonly inputs: InputFiles | undefined) {
    for (const { array: { reference: { path } } } of places) this.#uses.set(path, (this.#uses.get(path) ?? 0) + 1);
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
