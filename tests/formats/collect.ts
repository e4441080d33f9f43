import { concat } from "../../lib/formats/chunks.ts";
import type { Chunks } from "../../lib/storage/backend.ts";

/** All of the bytes in one piece. */
export async function collect(chunks: Chunks): Promise<Uint8Array> {
  return concat(await Array.fromAsync(chunks));
}
