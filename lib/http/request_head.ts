/**
 * What the headers of a call say about its body.
 * @module
 */
import { DEFAULT_FORMAT, type FormatName, formatOfMediaType } from "../formats/registry.ts";
import { BodyTooLarge } from "../workers/body_too_large.ts";
import { errorResponse } from "./responses.ts";

/** A body, before it is read. */
export interface BodyKind {
  readonly bodyFormat: FormatName;
  readonly gzip: boolean;
  /** In bytes; `undefined` for a chunked body. */
  readonly length: number | undefined;
}

/** Reads the headers about the body. Returns an error response for a body that cannot be read. */
export function readBodyKind(headers: Headers, maxBodySize: number): BodyKind | Response {
  const type = headers.get("content-type");
  if (type !== null && /^\s*multipart\/form-data/i.test(type)) {
    return errorResponse(415, "The body must be JSON or msgpack; multipart/form-data is not supported");
  }
  const bodyFormat = type === null ? DEFAULT_FORMAT : formatOfMediaType(type) ?? DEFAULT_FORMAT;
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const gzip = encoding === "gzip" || encoding === "x-gzip";
  if (!gzip && encoding !== "" && encoding !== "identity") {
    return errorResponse(415, "The content encoding is not supported; gzip is", { "accept-encoding": "gzip" });
  }
  const lengthText = headers.get("content-length");
  const length = lengthText === null ? undefined : Number(lengthText);
  if (length !== undefined && length > maxBodySize) return tooLarge(new BodyTooLarge(maxBodySize));
  return { bodyFormat, gzip, length };
}

/** The response to a body that is larger than allowed. */
export function tooLarge(error: BodyTooLarge): Response {
  return errorResponse(413, error.message);
}
