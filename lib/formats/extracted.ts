/**
 * Values that are decoded while a large JSON body arrives, instead of becoming part of a text that is parsed.
 * @module
 */
import { NumberList } from "../arrays/number_list.ts";
import { toBase64Chunks } from "./base64.ts";
import { asText } from "./chunks.ts";

/** A base64 string, which may be the buffer of an array. */
export class Base64String {
  /** `length` is that of the string. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly length: number) {}

  toString(): string {
    return [...toBase64Chunks(this.bytes)].join("");
  }
}

/** Such a value. In the tree it is in the place of the string, or the lists. */
export type Extracted = NumberList | Base64String;

/** The JSON value that an extracted value stands for; others as they are. Throws `Undecodable` for too long a string. */
export function toPlain(value: unknown): unknown {
  if (value instanceof NumberList) return value.toLists();
  return value instanceof Base64String ? asText(() => String(value)) : value;
}
