/** What a browser or a tracing client sends: version, trace id, parent id, flags (W3C Trace Context). */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** What metrics and the log record of one request and its response. */
export class Exchange {
  /** The route: an endpoint's name, `runs`, `health`, a document; `other` for paths that do not exist. */
  route = "other";
  runId: string | undefined;
  bytesIn = 0;
  /** The body, if it is read while the call is answered. */
  body: AsyncIterableIterator<Uint8Array> | undefined;
  bytesOut = 0;
  readonly #started = performance.now();
  #begun: number | undefined;
  #answered: number | undefined;
  #sent: Promise<void> | undefined;

  constructor(readonly request: Request) {}

  get traceparent(): string | undefined {
    const text = this.request.headers.get("traceparent");
    return text !== null && TRACEPARENT.test(text) ? text : undefined;
  }

  /** A worker has got the call. */
  begin(): void {
    this.#begun ??= performance.now();
  }

  /** The worker's answer, or its beginning, has arrived. */
  answered(): void {
    this.#answered = performance.now();
  }

  /** Returns the body, and counts the bytes that are sent of it in `bytesOut`. */
  count(
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  ): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
    if (body instanceof Uint8Array) {
      this.bytesOut = body.length;
      return body;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sent = promise;
    const reader = body.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        const { value } = await reader.read().catch((error) => {
          resolve();
          throw error;
        });
        if (value === undefined) {
          resolve();
          return controller.close();
        }
        this.bytesOut += value.length;
        controller.enqueue(value);
      },
      cancel: (reason) => {
        resolve();
        return reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Calls back when the last byte of the response was handed over for sending. */
  whenSent(response: Response, callback: (exchange: Exchange, status: number) => void): void {
    const { status } = response;
    if (this.#sent !== undefined) return void this.#sent.then(() => callback(this, status));
    if (this.bytesOut === 0) this.bytesOut = Number(response.headers.get("content-length"));
    callback(this, status);
  }

  /** Seconds until a worker got the call, the reading of a small body included; `undefined` if none got it. */
  get queueSeconds(): number | undefined {
    return this.#begun === undefined ? undefined : (this.#begun - this.#started) / 1000;
  }

  /** Seconds from then to the beginning of the answer. */
  get runSeconds(): number | undefined {
    return this.#begun === undefined || this.#answered === undefined
      ? undefined
      : (this.#answered - this.#begun) / 1000;
  }

  /** Seconds since the request arrived. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
