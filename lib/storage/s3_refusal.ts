/**
 * What an S3-compatible store means when it refuses something.
 * @module
 */
import { StorageError, type StorageFault } from "./error.ts";
import { answered } from "./http.ts";

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  /** The region that the bucket is in, where the store says so. */
  readonly region: string | null;
  /** XML: `<Error><Code>NoSuchKey</Code>…`. */
  readonly message: string;
}

const WORDS: Readonly<Record<string, readonly [StorageFault, string]>> = {
  NoSuchBucket: ["bucket", "the bucket does not exist; make it, or correct its name"],
  NoSuchKey: ["not-found", "there is no such object"],
  InvalidAccessKeyId: ["denied", "the store does not know the access key; correct AWS_ACCESS_KEY_ID"],
  // The same from versitygw.
  XAdminUserNotFound: ["denied", "the store does not know the access key; correct AWS_ACCESS_KEY_ID"],
  SignatureDoesNotMatch: ["denied", "the secret key is wrong; correct AWS_SECRET_ACCESS_KEY"],
  AccessDenied: ["denied", "the keys in use do not allow this"],
  ExpiredToken: ["denied", "the session has expired; renew the keys and AWS_SESSION_TOKEN"],
  InvalidToken: ["denied", "the session token is wrong; correct AWS_SESSION_TOKEN"],
  RequestTimeTooSkewed: ["denied", "the clock of this machine is wrong"],
  AuthorizationHeaderMalformed: ["denied", "the region is wrong; correct AWS_REGION"],
  InvalidBucketName: ["bucket", "this is no valid name of a bucket"],
  SlowDown: ["server", "the store is asked too often; try again later"],
};

/** The store refused something. */
export class S3Refused extends StorageError {
  /** `code`: the store's own name for the reason, if it gave one. */
  constructor(kind: StorageFault, location: string, reason: string, readonly code: string) {
    super(kind, location, reason);
  }
}

/** The refusal as an error: what, and what to do. */
export function refusalOf(location: string, { status, region, message }: Refusal): S3Refused {
  const code = elementOf(message, "Code") ?? "";
  const isElsewhere = status >= 300 && status < 400 || code === "AuthorizationHeaderMalformed";
  if (isElsewhere && region !== null) {
    return new S3Refused("denied", location, `the bucket is in the region ${region}; set AWS_REGION to it`, code);
  }
  const known = code === "" ? WORDS_OF_STATUS[status] : Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (known !== undefined) return new S3Refused(known[0], location, known[1], code);
  const reason = code === "" ? answered(status) : `${answered(status)} (${code})`;
  return new S3Refused(status >= 500 || status === 429 ? "server" : "failed", location, reason, code);
}

const WORDS_OF_STATUS: Readonly<Record<number, readonly [StorageFault, string]>> = {
  401: WORDS["AccessDenied"]!,
  403: WORDS["AccessDenied"]!,
  404: WORDS["NoSuchKey"]!,
};

/** The text of the first element of this name in a small XML document. */
export function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
    ?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity]!);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
