/**
 * What the headers of a call say about its body.
 * @module
 */
import { DEFAULT_FORMAT, formatOfMediaType } from "../formats/registry.ts";
import type { CallHead } from "../workers/protocol/messages.ts";
import { errorResponse } from "./responses.ts";

/** The part of a call's head about its body. */
export type BodyKind = Pick<CallHead, "bodyFormat" | "gzip">;

/** Reads two headers, which may be empty. For a body that is not supported, returns what makes the response. */
export function readBodyKind(contentType: string, contentEncoding: string): BodyKind | (() => Response) {
  if (/^\s*multipart\/form-data/i.test(contentType)) {
    return () => errorResponse(415, "The body must be JSON or msgpack; multipart/form-data is not supported");
  }
  const bodyFormat = formatOfMediaType(contentType) ?? DEFAULT_FORMAT;
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "gzip" || encoding === "x-gzip") return { bodyFormat, gzip: true };
  if (encoding === "" || encoding === "identity") return { bodyFormat };
  return () => errorResponse(415, "The content encoding is not supported; gzip is", { "accept-encoding": "gzip" });
}
