/**
 * A connection on which a test says HTTP/1.1 byte by byte: `fetch` would not send what these tests send.
 * @module
 */

/** A response, read to its end. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Each byte is one character. */
  readonly body: string;
}

const latin1 = new TextDecoder("latin1");

/** A connection to a server on this machine. */
export class RawConnection implements Disposable {
  #received = "";

  private constructor(readonly connection: Deno.TcpConn) {}

  static async open(port: number): Promise<RawConnection> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    return new RawConnection(connection);
  }

  /** Sends bytes, or a text of which each character is one byte. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? Uint8Array.from(data, (character) => character.charCodeAt(0)) : data;
    for (let done = 0; done < bytes.length;) done += await this.connection.write(bytes.subarray(done));
  }

  closeWrite(): Promise<void> {
    return this.connection.closeWrite();
  }

  /** Reads one response to a request of this method. Throws when it is not there after some time. */
  async response(method = "GET", milliseconds = 60_000): Promise<RawResponse> {
    const deadline = Date.now() + milliseconds;
    const more = async () => {
      if (!await this.#read(deadline)) throw new Error(`closed within an answer: ${JSON.stringify(this.#received)}`);
    };
    let end;
    while ((end = this.#received.indexOf("\r\n\r\n")) < 0) await more();
    const [statusLine = "", ...fields] = this.#received.slice(0, end).split("\r\n");
    this.#received = this.#received.slice(end + 4);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
    const headers = new Headers(
      fields.map((field) => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1).trim()]),
    );
    const take = async (count: number) => {
      while (this.#received.length < count) await more();
      const text = this.#received.slice(0, count);
      this.#received = this.#received.slice(count);
      return text;
    };
    const takeLine = async () => {
      let at;
      while ((at = this.#received.indexOf("\r\n")) < 0) await more();
      return (await take(at + 2)).slice(0, -2);
    };
    let body = "";
    if (method === "HEAD" || status < 200 || status === 204 || status === 304) return { status, headers, body };
    if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") {
      for (let size; (size = parseInt(await takeLine(), 16)) > 0;) body += (await take(size + 2)).slice(0, -2);
      await takeLine();
    } else if (headers.has("content-length")) {
      body = await take(Number(headers.get("content-length")));
    } else {
      while (await this.#read(deadline));
      body = this.#received;
      this.#received = "";
    }
    return { status, headers, body };
  }

  /** Has the server closed its side, after nothing more, within some time? */
  async ended(milliseconds = 60_000): Promise<boolean> {
    try {
      return !await this.#read(Date.now() + milliseconds) && this.#received === "";
    } catch {
      return false;
    }
  }

  /** Waits for bytes; returns whether there were any before the end. */
  async #read(deadline: number): Promise<boolean> {
    const buffer = new Uint8Array(1 << 16);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("waited in vain for bytes of an answer")), deadline - Date.now());
    });
    try {
      const count = await Promise.race([this.connection.read(buffer), late]);
      if (count === null) return false;
      this.#received += latin1.decode(buffer.subarray(0, count));
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.connection.close();
    } catch {
      // it was closed already
    }
  }
}
