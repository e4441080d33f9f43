/**
 * Signed requests to an S3-compatible store.
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import { StorageError } from "./error.ts";
import { encodeKey, parseS3 } from "./location.ts";
import { type Patience, type Reply, request } from "./request.ts";
import { type Refusal, refusalOf } from "./s3_refusal.ts";
import type { S3Settings } from "./s3_settings.ts";

/** A request for an object. */
export interface S3Question {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Statuses that are no fault, besides 200, 204 and 206. */
  readonly accept?: readonly number[];
}

/** Long uploads show no sign of life: this many times the usual patience for a request with a body. */
const PATIENCE_WITH_BODY = 5;

/** Sends signed requests. */
export class S3Client {
  /** Keys that follow from the secret, so that each is computed once a day. */
  readonly #cache = new Map<string, ArrayBuffer>();

  constructor(private readonly settings: S3Settings, readonly patience: Patience) {}

  /** Sends a request about an object, once. Throws a `StorageError` where the store refuses it. */
  async send(location: string, question: S3Question): Promise<Reply> {
    const { method, query = {}, headers = {}, body, accept = [] } = question;
    const { url, headers: signed } = await this.#sign(location, method, query, body);
    for (const [name, value] of Object.entries(headers)) signed.set(name, value);
    const reply = await request({
      location,
      url,
      init: { method, headers: signed, redirect: "manual", ...body === undefined ? {} : { body: body as BodyInit } },
      silence: this.patience.silence * (body === undefined ? 1 : PATIENCE_WITH_BODY),
      namedBy: "AWS_ENDPOINT_URL and AWS_REGION",
    });
    if ([200, 204, 206, ...accept].includes(reply.status)) return reply;
    const refusal: Refusal = {
      status: reply.status,
      region: reply.headers.get("x-amz-bucket-region"),
      message: await reply.text(),
    };
    throw refusalOf(location, refusal);
  }

  /** Throws where nobody can be asked for this object. Returns its URL. */
  check(location: string): URL {
    const { accessKeyId, secretAccessKey, wrong } = this.settings;
    if (wrong !== undefined) throw new StorageError(wrong[0], location, wrong[1]);
    if (accessKeyId === "" || secretAccessKey === "") {
      throw new StorageError(
        "denied",
        location,
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the keys of the store",
      );
    }
    return new URL(this.#urlOf(location));
  }

  async #sign(location: string, method: string, query: Readonly<Record<string, string>>, body: S3Question["body"]) {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.settings;
    const url = this.check(location);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      service: "s3",
      region,
      accessKeyId,
      secretAccessKey,
      ...sessionToken === undefined ? {} : { sessionToken },
      // The store refuses a body that was cut off: the writer may be killed, and the rest never come.
      ...body === undefined ? {} : { headers: { "x-amz-content-sha256": await sha256(body) } },
      cache: this.#cache,
    });
    const signed = await signer.sign();
    // A change of the body on the way, such as compression, would be another object.
    signed.headers.set("accept-encoding", "identity");
    return { url: signed.url.href, headers: signed.headers };
  }

  #urlOf(location: string): string {
    const { bucket, key } = parseS3(location);
    const { endpoint, region } = this.settings;
    if (key === "") throw new StorageError("failed", location, "expected s3://BUCKET/KEY, not the bucket alone");
    const path = encodeKey(location, key);
    if (endpoint !== undefined) return `${endpoint}/${bucket}/${path}`;
    const host = `s3.${region}.amazonaws.com`;
    // The certificate is for one name before the host, without dots.
    return bucket.includes(".") ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
  }
}

/** The SHA-256 of a body, in hexadecimal. */
async function sha256(body: Uint8Array | string): Promise<string> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
