import { type DataOf, type DType, DTYPES } from "../../arrays/dtypes.ts";
import { allocate, bytesOf, dataOf, release } from "../../arrays/data.ts";
import { ArrayFault } from "../../arrays/fault.ts";
import { type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { cut } from "../../message_text.ts";
import { forEach } from "../../for_each.ts";
import { importLater } from "../../import_later.ts";
import { type InputFiles, openInput } from "../../storage/access.ts";
import { StorageError } from "../../storage/error.ts";
import type { Source } from "../../storage/backend.ts";
import { decodeError, normalizeBools } from "../buffers.ts";
import { binrefError, type PendingArray, type Reference } from "./reference.ts";

/**
 * How many files are open at a time, and how many arrays of each are read at a time: remote storage is slow to answer.
 */
const MOST_FILES = 4;
const MOST_ARRAYS = 4;

/** A pending array, and a function that puts the array, or the `ArrayFault`, into the tree. */
export interface Pending {
  readonly array: PendingArray;
  readonly put: (read: NdArray | ArrayFault) => void;
}

/**
 * Reads arrays from the files that a payload refers to, decompresses those that are compressed, and puts them into the
 * tree. Each file is opened once.
 */
export async function readArrays(pending: readonly Pending[], inputs: InputFiles | undefined): Promise<void> {
  const files = Map.groupBy(pending, ({ array: { source } }) => source instanceof Uint8Array ? undefined : source.path);
  await forEach(files, MOST_FILES, async ([path, arrays]) => {
    let file: Promise<Source> | undefined;
    const open = () => file ??= openFile(path!, inputs);
    try {
      await forEach(arrays, MOST_ARRAYS, async ({ array, put }) => put(await readArray(array, open)));
    } finally {
      await file?.then((source) => source.close(), () => {});
    }
  });
}

async function openFile(path: string, inputs: InputFiles | undefined): Promise<Source> {
  if (inputs === undefined) throw new StorageError("refused", path, "no files can be read here");
  return await openInput(path, inputs);
}

async function readArray(array: PendingArray, open: () => Promise<Source>): Promise<NdArray | ArrayFault> {
  const { dtype, shape, source } = array;
  const isFile = !(source instanceof Uint8Array);
  try {
    const read = array.compression === null ? readPlain : readCompressed;
    const data = isFile ? await read(await open(), array, source) : await decompress(source, array, "base64");
    if (dtype === "bool") normalizeBools(data);
    return { dtype, shape, data };
  } catch (error) {
    if (error instanceof ArrayFault) return error;
    if (error instanceof StorageError && isFile) {
      // The path as it is in the payload: clients must not see the folder that it is relative to.
      return binrefError(error.kind === "refused" ? error.reason : `${cut(source.path, 200)}: ${error.reason}`);
    }
    if (error instanceof RangeError) {
      return decodeError(isFile ? "binref" : "base64", "the array does not fit into memory");
    }
    throw error;
  }
}

/** Reads uncompressed bytes. Allocates memory only after checking that the file is large enough. */
async function readPlain(source: Source, array: PendingArray, reference: Reference): Promise<DataOf<DType>> {
  checkSize(source, reference, bytesIn(array));
  const data = allocate(array.dtype, sizeOf(array.shape));
  await source.read(bytesOf(data), reference.offset);
  return data;
}

async function readCompressed(source: Source, array: PendingArray, reference: Reference): Promise<DataOf<DType>> {
  const { path, offset, size } = reference;
  const bytes = bytesIn(array);
  if (size === undefined) throw binrefError(`${path}: compressed data needs its size, as path:offset:size`);
  checkSize(source, reference, size);
  // Before reading: no frame is that much larger than its content (incompressible data grow by a few bytes a block).
  if (size > 2 * bytes + 2 ** 16) {
    throw binrefError(`${path}: ${size} bytes are too many for ${bytes} when decompressed`);
  }
  const frame = new Uint8Array(size);
  await source.read(frame, offset);
  return await decompress(frame, array, "binref");
}

const bytesIn = ({ dtype, shape }: PendingArray): number => sizeOf(shape) * DTYPES[dtype].bytes;

function checkSize({ size }: Source, { path, offset }: Reference, bytes: number): void {
  if (offset + bytes <= size) return;
  throw binrefError(
    `${path} is too short: expected ${bytes} bytes at offset ${offset}, but it has ${size} bytes in all`,
  );
}

/** The elements in a frame, which must be exactly as many as the array has. */
async function decompress(
  frame: Uint8Array<ArrayBuffer>,
  array: PendingArray,
  encoding: string,
): Promise<DataOf<DType>> {
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
