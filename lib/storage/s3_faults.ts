/**
 * What it means when an S3-compatible store refuses something, and what to do about it.
 * @module
 */
import { answered, StorageError, type StorageFault } from "./error.ts";
import type { HttpResponse } from "./request.ts";

const WORDS: Readonly<Record<string, readonly [StorageFault, string]>> = {
  NoSuchBucket: ["bucket", "the bucket does not exist; make it, or correct its name"],
  NoSuchKey: ["not-found", "there is no such object"],
  // The SDK's name for an answer of 404 without any body.
  NotFound: ["not-found", "there is no such object"],
  InvalidAccessKeyId: ["denied", "the store does not know the access key; correct AWS_ACCESS_KEY_ID"],
  // The same from versitygw.
  XAdminUserNotFound: ["denied", "the store does not know the access key; correct AWS_ACCESS_KEY_ID"],
  SignatureDoesNotMatch: ["denied", "the secret key is wrong; correct AWS_SECRET_ACCESS_KEY"],
  AccessDenied: ["denied", "the keys in use do not allow this"],
  ExpiredToken: ["denied", "the session has expired; renew the keys and AWS_SESSION_TOKEN"],
  InvalidToken: ["denied", "the session token is wrong; correct AWS_SESSION_TOKEN"],
  RequestTimeTooSkewed: ["denied", "the clock of this machine is wrong"],
  AuthorizationHeaderMalformed: ["denied", "the region is wrong; correct AWS_REGION"],
  InvalidBucketName: ["bucket", "this is not a valid bucket name"],
  SlowDown: ["server", "there are too many requests to the store; try again later"],
};

/** For answers that do not say more than their status. */
const WORDS_OF_STATUS: Readonly<Record<number, readonly [StorageFault, string]>> = {
  401: WORDS["AccessDenied"]!,
  403: WORDS["AccessDenied"]!,
  404: WORDS["NoSuchKey"]!,
};

/** The store refused something. */
export class S3Refused extends StorageError {
  /** `code`: the store's own name for the reason, if it gave one. */
  constructor(kind: StorageFault, location: string, reason: string, readonly code: string) {
    super(kind, location, reason);
  }
}

/** A refusal, from what the SDK throws and the answer that made it do so. */
export function refusalOf(
  location: string,
  error: unknown,
  response: Pick<HttpResponse, "status" | "headers">,
): S3Refused {
  const { name, Code = name, $metadata } = error as {
    name: string;
    Code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  // A fault may come in the body of a success: then the SDK gives it the status that it should have had.
  const status = $metadata?.httpStatusCode ?? response.status;
  const code = /^[A-Z]\w+$/.test(Code) && !/^(Unknown|SyntaxError|Error$)/.test(Code) ? Code : "";
  const region = response.headers.get("x-amz-bucket-region");
  if (region !== null && (status >= 300 && status < 400 || code === "AuthorizationHeaderMalformed")) {
    return new S3Refused("denied", location, `the bucket is in the region ${region}; set AWS_REGION to it`, code);
  }
  const known = code === "" ? WORDS_OF_STATUS[status] : Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (known !== undefined) return new S3Refused(known[0], location, known[1], code);
  const reason = code === "" ? answered(status) : `${answered(status)} (${code})`;
  return new S3Refused(status >= 500 || status === 429 ? "server" : "failed", location, reason, code);
}

/** Why no credentials were found. The SDK's own words are not repeated: they may show a command, or what it printed. */
export function credentialsFault(location: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return new StorageError(cause.kind, location, cause.reason);
  const words = cause instanceof Error ? cause.message : "";
  const reason = /\bSSO\b|sso login/.test(words)
    ? "the SSO session of the AWS profile has expired, or there is none; renew it by `aws sso login`"
    : Deno.env.get("AWS_PROFILE")
    ? "the profile that AWS_PROFILE names gives no credentials; correct it"
    : "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile of AWS's " +
      "configuration file";
  return new StorageError("denied", location, reason);
}
