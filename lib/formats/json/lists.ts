import { DTYPES } from "../../arrays/dtypes.ts";
import { type NdArray, sizeOf } from "../../arrays/ndarray.ts";
import { nest } from "../../arrays/number_list.ts";
import { complexText, jsonFloat } from "../../arrays/numbers.ts";

/** How many elements are written at a time: about 150 kB of text. */
const BLOCK = 8192;

/** Makes a value that `JSON.stringify` writes as this text. TypeScript has no type for it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Is the array small enough to be written in one piece? */
export function isSmall({ shape }: NdArray): boolean {
  return weight(shape) <= BLOCK;
}

/** How many elements, or empty rows, are written for a shape: a size of 0 counts as 1. */
function weight(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * Math.max(size, 1), 1);
}

export function listText(array: NdArray): string {
  return JSON.stringify(nest(elements(array, 0, sizeOf(array.shape)), array.shape));
}

/**
 * The text of a part of an array, in chunks: the part begins at element `start` and has the dimensions from `depth` on.
 */
export function* listChunks(array: NdArray, depth = 0, start = 0): Generator<string> {
  const [count = 0, ...inner] = array.shape.slice(depth);
  const size = sizeOf(inner);
  yield "[";
  if (weight(inner) > BLOCK) {
    for (let i = 0; i < count; i++) {
      if (i > 0) yield ",";
      yield* listChunks(array, depth + 1, start + i * size);
    }
  } else {
    const step = Math.floor(BLOCK / weight(inner));
    for (let i = 0; i < count; i += step) {
      const rows = Math.min(step, count - i);
      const from = start + i * size;
      const text = JSON.stringify(nest(elements(array, from, from + rows * size), [rows, ...inner]));
      yield (i > 0 ? "," : "") + text.slice(1, -1);
    }
  }
  yield "]";
}

/** The elements as values that `JSON.stringify` writes as they should be. */
function elements({ dtype, data }: NdArray, from: number, to: number): unknown[] {
  const { kind } = DTYPES[dtype];
  const list: unknown[] = [];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    // Most are safe integers: making numbers of their two halves is ten times as fast as making bigints.
    const { buffer, byteOffset, length } = data;
    const low = new Uint32Array(buffer, byteOffset, 2 * length);
    const high = data instanceof BigInt64Array ? new Int32Array(buffer, byteOffset, 2 * length) : low;
    for (let i = from; i < to; i++) {
      const upper = high[2 * i + 1]!;
      const isSafe = upper < 2 ** 21 && upper >= -(2 ** 21);
      list.push(isSafe ? upper * 2 ** 32 + low[2 * i]! : rawJSON(String(data[i])));
    }
  } else if (kind === "integer") {
    for (let i = from; i < to; i++) list.push(data[i]);
  } else if (kind === "float") {
    for (let i = from; i < to; i++) {
      const value = data[i] as number;
      // For most numbers `JSON.stringify` writes the same as `jsonFloat`.
      if (Math.abs(value) < 2 ** 53 && !Object.is(value, -0)) list.push(value);
      else list.push(Number.isFinite(value) ? rawJSON(jsonFloat(value)) : String(value));
    }
  } else if (kind === "bool") {
    for (let i = from; i < to; i++) list.push(data[i] !== 0);
  } else {
    for (let i = from; i < to; i++) list.push(complexText(data[2 * i]!, data[2 * i + 1]!));
  }
  return list;
}
