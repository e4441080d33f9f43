import { toBase64Chunks } from "./base64.ts";

/** A base64 string in a large JSON body, decoded while it arrived. It stands in the tree in place of the string. */
export class Base64String {
  /** `length` is that of the string. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly length: number) {}

  toString(): string {
    return [...toBase64Chunks(this.bytes)].join("");
  }
}
