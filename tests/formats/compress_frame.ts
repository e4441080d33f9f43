import { concat } from "../../lib/formats/chunks.ts";
import { compressChunks } from "../../lib/formats/lz4/frame.ts";

/** A frame in one piece. */
export const compressFrame = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(concat([...compressChunks(bytes)]));
