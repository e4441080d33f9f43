import { decodeArrays } from "../decode_arrays.ts";
import { type Codec, detachedArray } from "../format.ts";
import { readMsgpack } from "./read.ts";
import { writeMsgpack } from "./write.ts";

/** Arrays are written as the maps of msgpack-numpy; encoded arrays, as in JSON, are read too. */
export const msgpack: Codec = {
  decode: async (chunks, options) => await decodeArrays(readMsgpack(await Array.fromAsync(chunks)), options),
  encode: (value) => unlessDetached(writeMsgpack(value)),
};

function* unlessDetached(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  const lengths = chunks.map(({ length }) => length);
  for (const [i, chunk] of chunks.entries()) {
    if (chunk.length !== lengths[i]) throw detachedArray();
    yield chunk;
  }
}
