/**
 * What the headers of a call say about its body, and whether it may be sent at all.
 * @module
 */
import { DEFAULT_FORMAT, type FormatName, formatOfMediaType } from "../formats/registry.ts";
import { MAX_BODY_SIZE } from "./limits.ts";
import { errorResponse } from "./responses.ts";

/** A body, before it is read. */
export interface BodyKind {
  readonly bodyFormat: FormatName;
  readonly gzip: boolean;
  /** In bytes, if it was said. */
  readonly length: number | undefined;
}

/** Reads the headers about the body. Returns the refusal where it is none that can be read. */
export function readBodyKind(headers: Headers): BodyKind | Response {
  const type = mediaType(headers.get("content-type"));
  if (type === "multipart/form-data") {
    return errorResponse(415, "The body must be JSON; multipart/form-data is not understood");
  }
  const bodyFormat = formatOfMediaType(type) ?? DEFAULT_FORMAT;
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const gzip = encoding === "gzip" || encoding === "x-gzip";
  if (!gzip && encoding !== "" && encoding !== "identity") {
    return errorResponse(415, "The content encoding is not known; gzip is", { "accept-encoding": "gzip" });
  }
  const lengthText = headers.get("content-length");
  const length = lengthText === null ? undefined : Number(lengthText);
  if (length !== undefined && length > MAX_BODY_SIZE) return tooLarge();
  return { bodyFormat, gzip, length };
}

/** The answer to a body that is larger than allowed. */
export function tooLarge(): Response {
  return errorResponse(413, `The body is larger than ${MAX_BODY_SIZE} bytes`);
}

/**
 * Was the request sent by a page of another site? Browsers say which site a page is of; other clients say nothing.
 * Pages of this server (its API reference) may call it.
 */
export function isForeign(headers: Headers): boolean {
  const origin = headers.get("origin");
  if (origin === null) return false;
  return !URL.canParse(origin) || new URL(origin).host !== headers.get("host")?.toLowerCase();
}

function mediaType(contentType: string | null): string {
  if (contentType === null) return "";
  return contentType.split(";", 1)[0]!.trim().toLowerCase();
}
