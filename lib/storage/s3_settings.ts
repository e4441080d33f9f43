/**
 * Where an S3-compatible store is, and the keys for it, as far as variables of the environment say so. The rest (AWS's
 * configuration files, roles) is the AWS SDK's.
 * @module
 */
import type { StorageFault } from "./error.ts";

export interface S3Settings {
  /** `undefined`: the one in the configuration files, or else AWS itself. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** `undefined`: those that the SDK finds. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** What is wrong with a variable, in words without its value, which may be a secret. */
  readonly wrong: readonly [StorageFault, string] | undefined;
}

/** Reads the usual variables. An empty one counts as not set. */
export function s3Settings(variable: (name: string) => string | undefined): S3Settings {
  let wrong: S3Settings["wrong"];
  const first = (kind: StorageFault, faultOf: (value: string) => string | undefined, ...names: string[]) => {
    const name = names.find((name) => variable(name));
    const value = name && variable(name) || undefined;
    const fault = value && faultOf(value);
    if (fault) wrong ??= [kind, `${name} ${fault}`];
    return value;
  };
  const endpoint = first("failed", faultOfEndpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  const region = first("denied", faultOfRegion, "AWS_REGION", "AWS_DEFAULT_REGION");
  const accessKeyId = first("denied", faultOfKey, "AWS_ACCESS_KEY_ID");
  const secretAccessKey = first("denied", faultOfKey, "AWS_SECRET_ACCESS_KEY");
  const sessionToken = first("denied", faultOfKey, "AWS_SESSION_TOKEN");
  // As in the SDK, a profile that is asked for by name comes before keys.
  const hasKeys = accessKeyId && secretAccessKey && !variable("AWS_PROFILE");
  const credentials = hasKeys ? { accessKeyId, secretAccessKey, ...sessionToken && { sessionToken } } : undefined;
  return { endpoint, region, credentials, wrong };
}

const WHITE_SPACE = "has white space around it, such as the last line break of a file; remove it";

/** A key is sent in the head of a request, which not every character can be in. */
function faultOfKey(value: string): string | undefined {
  if (value.trim() !== value) return WHITE_SPACE;
  return /^[\x20-\x7e]+$/.test(value)
    ? undefined
    : "has a character that it cannot have, such as a line break; correct it";
}

/** A region becomes a part of the name of a host. */
function faultOfRegion(value: string): string | undefined {
  return faultOfKey(value) ?? (/^[\w.-]+$/.test(value) ? undefined : "is not the name of a region, such as eu-west-1");
}

function faultOfEndpoint(value: string): string | undefined {
  const expected = "expected http://HOST:PORT or https://HOST:PORT";
  if (value.trim() !== value) return WHITE_SPACE;
  if (!/^https?:\/\//i.test(value)) return `does not begin with http:// or https://; ${expected}`;
  if (!URL.canParse(value)) return `is not a valid URL; ${expected}`;
  return /[?#]/.test(value) ? `has a query or a fragment; ${expected}` : undefined;
}
