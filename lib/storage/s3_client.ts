import { S3Client } from "@aws-sdk/client-s3";
import { homedir } from "node:os";
import { StorageError } from "./error.ts";
import { parseS3 } from "./location.ts";
import { type HttpResponse, request, type RetryPolicy } from "./request.ts";
import { credentialsFault, refusalOf } from "./s3_faults.ts";
import type { S3Settings } from "./s3_settings.ts";

/** Goes through the SDK with a command: takes its location to `#handle`, and brings back the store's raw response. */
interface S3Exchange {
  readonly location?: string;
  response?: HttpResponse;
}

/** A request as the SDK hands it over. */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

/** The server sends nothing while it receives a body: such a request may be silent this many times as long. */
const BODY_FACTOR = 5;

/**
 * The AWS SDK's client for S3, set up for this program: it finds credentials where AWS's own tools look for them and
 * signs requests; `request` sends them, as it does for files behind http://. The SDK repeats nothing, because the
 * callers know what may be repeated.
 */
export class S3Connection {
  readonly #sdk: S3Client;

  constructor(private readonly settings: S3Settings, readonly policy: RetryPolicy) {
    const { endpoint, region, credentials } = settings;
    if (!hasHome()) nameConfigurationFiles();
    this.#sdk = new S3Client({
      ...credentials && { credentials },
      ...endpoint && { endpoint },
      region: region ?? regionOfProfile,
      // Bodies are signed with their SHA-256, which every store checks; not every store knows other checksums.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      expectContinueHeader: false,
      maxAttempts: 1,
      requestHandler: { handle: (signed: SignedRequest, exchange: S3Exchange) => this.#handle(signed, exchange) },
    });
    // Amazon wants the bucket in the host name; other stores usually have no such hosts, so it goes into the path.
    const { config } = this.#sdk as {
      config: { forcePathStyle: unknown; serviceConfiguredEndpoint(): Promise<unknown> };
    };
    config.forcePathStyle = async () =>
      endpoint !== undefined || await config.serviceConfiguredEndpoint() !== undefined;
  }

  /**
   * Sends a command of the SDK about an object, once. Returns the answer as the SDK understood it, and as the store
   * sent it. Answers that are no success are thrown as a `StorageError`, but for the statuses in `accept`.
   */
  async send(
    location: string,
    command: object,
    accept: readonly number[] = [],
  ): Promise<{ output: unknown; response: HttpResponse }> {
    this.checkSettings(location);
    const exchange: S3Exchange = { location };
    try {
      const output: unknown = await this.#sdk.send(command as never, exchange as object);
      return { output, response: exchange.response! };
    } catch (error) {
      const { response } = exchange;
      if (response !== undefined && accept.includes(response.status)) return { output: undefined, response };
      if (error instanceof StorageError || error instanceof Deno.errors.NotCapable) throw error;
      // Without a response it was not sent (`request` throws a `StorageError`): the SDK found no credentials.
      throw response === undefined ? credentialsFault(location, error) : refusalOf(location, error, response);
    }
  }

  /** A client of the SDK that sends its commands by `send`. */
  sdkSending(send: (command: object) => Promise<unknown>): S3Client {
    return Object.create(this.#sdk, { send: { value: send } });
  }

  /** Throws where a variable of the environment cannot be right. */
  checkSettings(location: string): void {
    const { wrong } = this.settings;
    if (wrong !== undefined) throw new StorageError(wrong[0], location, wrong[1]);
  }

  /** Throws where there are no credentials. */
  async checkCredentials(location: string): Promise<void> {
    this.checkSettings(location);
    await this.#sdk.config.credentials().catch((error: unknown) => {
      throw credentialsFault(location, error);
    });
  }

  /** Also sends the SDK's own requests for credentials, which belong to no object. */
  async #handle(signed: SignedRequest, exchange: S3Exchange = {}) {
    const { method, body } = signed;
    const headers = new Headers(signed.headers);
    // `fetch` sets these by itself.
    headers.delete("host");
    headers.delete("content-length");
    // The bytes of the object are wanted as they are stored, not compressed for the transfer.
    headers.set("accept-encoding", "identity");
    const response = exchange.response = await request({
      location: exchange.location ?? "credentials for S3",
      url: urlOf(signed),
      init: { method, headers, redirect: "manual", ...body === undefined ? {} : { body } },
      silence: this.policy.silence * (body === undefined ? 1 : BODY_FACTOR),
      namedBy: "AWS_ENDPOINT_URL and AWS_REGION",
    });
    const answer = { statusCode: response.status, headers: Object.fromEntries(response.headers) };
    return { response: { ...answer, body: ReadableStream.from(response.chunks()) } };
  }
}

/** The bucket and the key of an object, as the SDK wants them. */
export function addressOf(location: string): { readonly Bucket: string; readonly Key: string } {
  const { bucket, key } = parseS3(location);
  if (key === "") throw new StorageError("failed", location, "expected s3://BUCKET/KEY, not the bucket alone");
  if (!key.isWellFormed()) throw new StorageError("failed", location, "the name is not valid Unicode");
  // In the path of a URL they would lead elsewhere.
  if (key.split("/").some((part) => part === "." || part === "..")) {
    throw new StorageError("unsupported", location, "keys with '.' or '..' between slashes cannot be used");
  }
  return { Bucket: bucket, Key: key };
}

function urlOf({ protocol, hostname, port, path, query }: SignedRequest): string {
  const parameters = Object.entries(query).map((pair) => pair.map((text) => encodeURIComponent(text ?? "")).join("="));
  const search = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${search}`;
}

/** The region that the profile of AWS's configuration file names. Stores other than Amazon's seldom ask for one. */
async function regionOfProfile(): Promise<string> {
  return await new S3Client({}).config.region().catch(() => "us-east-1");
}

/** In a container a user may have neither HOME nor an entry in /etc/passwd. */
function hasHome(): boolean {
  try {
    return Boolean(Deno.env.get("HOME") || homedir());
  } catch {
    return false;
  }
}

/** Without a home directory the SDK fails at looking for AWS's configuration files, unless they are named. */
function nameConfigurationFiles(): void {
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) {
    if (!Deno.env.get(name)) Deno.env.set(name, "/dev/null");
  }
}
