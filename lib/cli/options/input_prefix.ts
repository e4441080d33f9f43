import { parseS3, schemeOf } from "../../storage/location.ts";
import { STORAGES } from "../../storage/storage.ts";

/** A prefix of what requests may refer to: of a URI, from its host or bucket on, or an absolute path. */
export function parseInputPrefix(text: string): string {
  if (!isPrefix(text)) {
    throw new SyntaxError("expected http://HOST…, https://HOST…, s3://BUCKET… or an absolute path");
  }
  return text;
}

function isPrefix(text: string): boolean {
  const scheme = schemeOf(text);
  if (scheme === undefined) return text.startsWith("/");
  if (scheme === "s3") return isS3(text);
  // `URL` finds a host in http:///path, too.
  return Object.hasOwn(STORAGES, scheme) && /^[^:]+:\/\/[^/\\?#]/.test(text) && URL.canParse(text);
}

function isS3(text: string): boolean {
  try {
    parseS3(text);
    return true;
  } catch {
    return false;
  }
}
