/**
 * Bodies with `Content-Encoding: gzip`.
 * @module
 */
import { BodyAborted } from "./serve_calls.ts";

/** The body is not what its content encoding says. */
export class BadEncoding extends Error {
  override name = "BadEncoding";
}

/** The body is larger than allowed. */
export class BodyTooLarge extends Error {
  override name = "BodyTooLarge";
}

/** Decompresses a body as it arrives, up to a limit. */
export async function* gunzip(
  body: Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>,
  limit: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let size = 0;
  try {
    for await (const chunk of ReadableStream.from(body).pipeThrough(new DecompressionStream("gzip"))) {
      size += chunk.length;
      if (size > limit) throw new BodyTooLarge(`more than ${limit} bytes`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof BodyAborted || error instanceof BodyTooLarge) throw error;
    throw new BadEncoding("the body is not gzip, or is cut off", { cause: error });
  }
}
