/** Reads msgpack from standard input and writes it again: the other half of numpy_msgpack.py. */
import { readMsgpack } from "../../lib/formats/msgpack/read.ts";
import { writeMsgpack } from "../../lib/formats/msgpack/write.ts";

const input = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
await new Response(ReadableStream.from(writeMsgpack(readMsgpack([input])))).body!.pipeTo(Deno.stdout.writable);
