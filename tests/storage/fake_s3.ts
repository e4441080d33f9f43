/**
 * A store in this process that takes what it is sent without looking at signatures, and fails as it is told. What a
 * real one says is tested in tests/with_tools/s3_test.ts.
 * @module
 */

/** A request, as the store sees it. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A store with whatever is put into it. */
export class FakeS3 implements AsyncDisposable {
  readonly objects = new Map<string, Uint8Array>();
  readonly seen: Seen[] = [];
  /** Parts of uploads that are neither complete nor aborted. */
  readonly uploads = new Map<string, Map<number, Uint8Array>>();
  /** Answers something else, instead of doing (`undefined`: do) what is asked. */
  interfere: (seen: Seen, act: () => Response) => Response | undefined | Promise<Response> = () => undefined;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      // The SDK names the operation in the query; to a store that means nothing.
      searchParams.delete("x-id");
      const search = searchParams.size === 0 ? "" : `?${searchParams}`;
      const body = new Uint8Array(await request.arrayBuffer());
      const seen = { method: request.method, target: pathname + search, headers: request.headers, body };
      this.seen.push(seen);
      return await this.interfere(seen, () => this.#act(seen)) ?? this.#act(seen);
    },
  );

  /** The environment of a program that is to use it. */
  readonly variables: Readonly<Record<string, string>> = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${this.#server.addr.port}/`,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
  };

  /** For `s3Storage`. */
  readonly variable = (name: string): string | undefined => this.variables[name];

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #act({ method, target, headers, body }: Seen): Response {
    const url = new URL(target, "http://host");
    const key = decodeURIComponent(url.pathname);
    const id = url.searchParams.get("uploadId");
    const parts = id === null ? undefined : this.uploads.get(id);
    if (method === "GET" && url.searchParams.has("list-type")) return this.#list(key, url.searchParams);
    if (method === "GET") return this.#read(key, headers);
    if (url.searchParams.has("uploads")) {
      const next = `id&${this.seen.length}`;
      this.uploads.set(next, new Map());
      return new Response(`<R><UploadId>${next.replace("&", "&amp;")}</UploadId></R>`);
    }
    if (id !== null && parts === undefined) return refuse(404, "NoSuchUpload");
    if (parts !== undefined && method === "PUT") {
      const number = Number(url.searchParams.get("partNumber"));
      parts.set(number, body);
      return new Response(null, { headers: { etag: `"${number}"` } });
    }
    if (parts !== undefined) {
      this.uploads.delete(id!);
      if (method === "POST") this.objects.set(key, joined(parts, new TextDecoder().decode(body)));
      return method === "POST" ? new Response("<R></R>") : new Response(null, { status: 204 });
    }
    if (method === "DELETE") return new Response(null, { status: this.objects.delete(key) ? 204 : 404 });
    if (headers.get("if-none-match") === "*" && this.objects.has(key)) return refuse(412, "PreconditionFailed");
    this.objects.set(key, body);
    return new Response();
  }

  #list(bucket: string, parameters: URLSearchParams): Response {
    const prefix = parameters.get("prefix") ?? "", delimiter = parameters.get("delimiter");
    const start = bucket.endsWith("/") ? bucket : `${bucket}/`;
    const names = [...this.objects.keys()].filter((key) => key.startsWith(start + prefix)).map((key) => {
      const name = key.slice(start.length);
      const end = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length);
      return end < 0
        ? `<Contents><Key>${name}</Key></Contents>`
        : `<CommonPrefixes><Prefix>${name.slice(0, end + 1)}</Prefix></CommonPrefixes>`;
    });
    const xml = `<?xml version="1.0"?><ListBucketResult>${[...new Set(names)].join("")}</ListBucketResult>`;
    return new Response(xml, { headers: { "content-type": "application/xml" } });
  }

  #read(key: string, headers: Headers): Response {
    const object = this.objects.get(key);
    if (object === undefined) return refuse(404, "NoSuchKey");
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.get("range") ?? "") ?? [];
    if (from === undefined) return new Response(object.slice());
    const part = object.slice(Number(from), Number(to) + 1);
    return new Response(part, { status: 206, headers: { "content-range": `bytes ${from}-${to}/${object.length}` } });
  }
}

function joined(parts: ReadonlyMap<number, Uint8Array>, list: string): Uint8Array {
  const order = [...list.matchAll(/<ETag>(?:"|&quot;)(\d+)(?:"|&quot;)<\/ETag>.*?<PartNumber>(\d+)<\/PartNumber>/g)];
  const bytes = order.flatMap(([, tag, number]) => number === tag ? [parts.get(Number(number))!] : []);
  const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An answer that says no. */
export function refuse(status: number, code: string, headers: Record<string, string> = {}): Response {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>words &amp; more</Message></Error>`;
  return new Response(xml, { status, headers });
}
