/**
 * Where an S3-compatible store is and who asks: what the variables of AWS say.
 * @module
 */
import type { StorageFault } from "./error.ts";

/** What the variables of AWS say. */
export interface S3Settings {
  /** `undefined`: AWS itself. */
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
  const first = (...names: string[]) => {
    const name = names.find((name) => variable(name));
    const value = name && variable(name);
    const fault = value && faultOfKey(value);
    if (fault) wrong ??= ["denied", `${name} ${fault}`];
    return value;
  };
  return {
    endpoint: first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    region: first("AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1",
    accessKeyId: first("AWS_ACCESS_KEY_ID") ?? "",
    secretAccessKey: first("AWS_SECRET_ACCESS_KEY") ?? "",
    sessionToken: first("AWS_SESSION_TOKEN"),
    wrong,
  };
}

/** What could not be sent in the head of a request. */
function faultOfKey(value: string): string | undefined {
  if (value.trim() !== value) return "has white space around it, such as the last line break of a file; take it away";
  if (!/^[\x20-\x7e]+$/.test(value)) return "has a character that none has, such as a line break; correct it";
  return undefined;
}
