/**
 * Values that are decoded while a large JSON body arrives, instead of becoming part of a text that is parsed.
 * @module
 */
import { NumberList } from "../arrays/number_list.ts";
import { toBase64Chunks } from "./base64.ts";
import { asText } from "./chunks.ts";
import { Undecodable } from "./format.ts";

/** A base64 string, which may be the buffer of an array. */
export class Base64String {
  /** `length` is that of the string. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly length: number) {}

  toString(): string {
    return [...toBase64Chunks(this.bytes)].join("");
  }
}

/** An extracted value. In the tree it takes the place of the string or of the nested lists. */
export type Extracted = NumberList | Base64String;

/**
 * The JSON value that an extracted value stands for; others as they are. Throws `Undecodable` for too long a string,
 * and for a list too long for a real one of JavaScript, which has some hundred million elements at most.
 */
export function toPlain(value: unknown): unknown {
  if (value instanceof NumberList) return asLists(value);
  return value instanceof Base64String ? asText(() => String(value)) : value;
}

function asLists(list: NumberList): unknown[] {
  try {
    return list.toLists();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const length = list.blocks.reduce((sum, block) => sum + block.length, 0);
    throw new Undecodable(`a list of ${length} numbers is too long where no array is expected`, undefined);
  }
}
