/**
 * An HTTP server in this process with one file, which fails as it is told.
 * @module
 */

/** How a request is answered, instead of with the file. */
export type Fault =
  /** The connection is closed before anything was sent. */
  | "drop"
  /** Nothing is ever sent. */
  | "silence"
  /** So many bytes of the body are sent, then the connection is closed. */
  | { readonly cutAfter: number }
  /** So many bytes of the body are sent, then no more. */
  | { readonly silentAfter: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** What the server does not do, which others do. */
export interface Habits {
  /** Ranges are ignored. */
  readonly wholeOnly?: boolean;
  /** The size is not told: the end of the body is the end of the connection. */
  readonly noLength?: boolean;
  readonly noTag?: boolean;
  /** What the file is said to be encoded as. */
  readonly encoding?: string;
}

/** A server with one file. */
export class FileServer implements AsyncDisposable {
  /** What happens to the requests that come next; to the others nothing. */
  readonly faults: (Fault | "none")[] = [];
  /** The heads of the requests so far. */
  readonly requests: string[] = [];
  tag = '"v1"';
  /** When the file was last modified; `undefined`: that is not told. */
  modified: string | undefined;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #done: Promise<void>;

  constructor(public content: Uint8Array, private readonly habits: Habits = {}) {
    this.#done = this.#accept();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}/file.bin`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeQuietly(this.#listener);
    for (const connection of this.#open) closeQuietly(connection);
    await this.#done;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      serving.push(
        this.#serve(connection).catch(() => {}).finally(() => {
          this.#open.delete(connection);
          closeQuietly(connection);
        }),
      );
    }
    await Promise.all(serving);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const head = await readHead(connection);
    this.requests.push(head);
    const fault = this.faults.shift() ?? "none";
    if (fault === "drop") return;
    if (fault === "silence") return await untilClosed(connection);
    if (typeof fault === "object" && "status" in fault) {
      return await send(connection, fault.status, fault.headers ?? {}, new TextEncoder().encode(fault.body ?? ""));
    }
    const { status, headers, body } = this.#answer(head);
    const length = fault === "none" ? body.length : "cutAfter" in fault ? fault.cutAfter : fault.silentAfter;
    await send(connection, status, headers, body.subarray(0, length));
    if (fault !== "none" && "silentAfter" in fault) await untilClosed(connection);
  }

  #answer(head: string): { status: number; headers: Record<string, string>; body: Uint8Array } {
    const { content, tag, habits } = this;
    const headers: Record<string, string> = habits.noTag ? {} : { etag: tag };
    if (habits.encoding !== undefined) headers["content-encoding"] = habits.encoding;
    if (this.modified !== undefined) headers["last-modified"] = this.modified;
    const [, from, to] = /^range: bytes=(\d+)-(\d*)/im.exec(head) ?? [];
    const match = /^if-match: (.*)/im.exec(head)?.[1]?.trim();
    if (match !== undefined && match !== tag) return { status: 412, headers, body: new Uint8Array(0) };
    if (from === undefined || habits.wholeOnly) {
      if (!habits.noLength) headers["content-length"] = String(content.length);
      return { status: 200, headers, body: content };
    }
    const start = Number(from);
    if (start >= content.length) return { status: 416, headers, body: new Uint8Array(0) };
    const body = content.subarray(start, to === "" ? undefined : Number(to) + 1);
    headers["content-length"] = String(body.length);
    headers["content-range"] = `bytes ${start}-${start + body.length - 1}/${content.length}`;
    return { status: 206, headers, body };
  }
}

/** Closes what may be closed already. */
function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

async function readHead(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return text;
}

async function untilClosed(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16);
  while (await connection.read(buffer) !== null);
}

async function send(connection: Deno.Conn, status: number, headers: Record<string, string>, body: Uint8Array) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(`HTTP/1.1 ${status} Status\r\nconnection: close\r\n${lines}\r\n`);
  for (let bytes of [head, body]) while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
}
