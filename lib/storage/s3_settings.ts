/**
 * Where an S3-compatible store is and who asks: what the variables of AWS say.
 * @module
 */
import type { StorageFault } from "./error.ts";

/** What the variables of AWS say. */
export interface S3Settings {
  /** Without a slash at its end; `undefined`: AWS itself. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** What is wrong with a variable, in words without its value, which nobody else may see. */
  readonly wrong: readonly [StorageFault, string] | undefined;
}

/** Reads the usual variables. An empty one is none. */
export function s3Settings(variable: (name: string) => string | undefined): S3Settings {
  let wrong: S3Settings["wrong"];
  const first = (kind: StorageFault, faultOf: (value: string) => string | undefined, ...names: string[]) => {
    const name = names.find((name) => variable(name));
    const value = name && variable(name);
    const fault = value && faultOf(value);
    if (fault) wrong ??= [kind, `${name} ${fault}`];
    return value;
  };
  return {
    endpoint: first("failed", faultOfEndpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")?.replace(/\/+$/, ""),
    region: first("denied", faultOfRegion, "AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1",
    accessKeyId: first("denied", faultOfKey, "AWS_ACCESS_KEY_ID") ?? "",
    secretAccessKey: first("denied", faultOfKey, "AWS_SECRET_ACCESS_KEY") ?? "",
    sessionToken: first("denied", faultOfKey, "AWS_SESSION_TOKEN"),
    wrong,
  };
}

const WHITE_SPACE = "has white space around it, such as the last line break of a file; take it away";

/** What could not be sent in the head of a request. */
function faultOfKey(value: string): string | undefined {
  if (value.trim() !== value) return WHITE_SPACE;
  return /^[\x20-\x7e]+$/.test(value) ? undefined : "has a character that none has, such as a line break; correct it";
}

/** It becomes a part of the name of a host. */
function faultOfRegion(value: string): string | undefined {
  return faultOfKey(value) ?? (/^[\w.-]+$/.test(value) ? undefined : "is no name of a region, such as eu-west-1");
}

function faultOfEndpoint(value: string): string | undefined {
  const expected = "expected http://HOST:PORT or https://HOST:PORT";
  if (value.trim() !== value) return WHITE_SPACE;
  if (!/^https?:\/\//i.test(value)) return `does not begin with http:// or https://; ${expected}`;
  if (!URL.canParse(value)) return `is no valid URL; ${expected}`;
  return /[?#]/.test(value) ? `has a query or a fragment; ${expected}` : undefined;
}
