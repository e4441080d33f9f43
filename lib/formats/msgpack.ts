/**
 * The format `msgpack`: the JSON values in binary form, with arrays as msgpack-numpy writes them.
 * @module
 */
import { collect } from "./chunks.ts";
import type { Format } from "./format.ts";
import { readMsgpack } from "./msgpack_read.ts";
import { writeMsgpack } from "./msgpack_write.ts";
import { resolveArrays } from "./resolve.ts";

/** Arrays as the maps of msgpack-numpy; encoded arrays, as in JSON, are read too. */
export const msgpack: Format = {
  name: "msgpack",
  mediaType: "application/msgpack",
  extension: "msgpack",
  async decode(chunks, { schema, abstract = false }) {
    const tree = readMsgpack(await collect(chunks));
    return abstract ? tree : resolveArrays(tree, schema);
  },
  encode: (value) => writeMsgpack(value),
};
