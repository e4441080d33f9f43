import { concat } from "../../formats/chunks.ts";
import type { Chunks } from "../../storage/backend.ts";

const NEWLINE = 10;

/** Each line without its line break, which the last line need not have. Only one line is in memory at a time. */
export async function* linesOf(chunks: Chunks): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let begun: Uint8Array[] = [];
  const finish = (end: Uint8Array): Uint8Array<ArrayBuffer> => {
    const line = concat([...begun, end]);
    begun = [];
    return line.slice();
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at; (at = chunk.indexOf(NEWLINE, start)) >= 0; start = at + 1) yield finish(chunk.subarray(start, at));
    if (start < chunk.length) begun.push(chunk.slice(start));
  }
  if (begun.length > 0) yield finish(new Uint8Array());
}

/** Is there nothing but white space in the line? */
export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 32 || byte === 9 || byte === 13);
}
