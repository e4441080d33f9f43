/**
 * A client that sends what it is told and nothing else: `fetch` adds headers of its own and sends no body with GET.
 * @module
 */

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Every answer is there after so many milliseconds. */
const PATIENCE = 120_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One request on a connection of its own. */
export async function request(
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
): Promise<HttpAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: "close",
    ...(body === undefined ? {} : { "Content-Length": String(body.length) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = encoder.encode(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const sent = new Uint8Array([...head, ...(body ?? [])]);
  for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
  let answer = new Uint8Array();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, PATIENCE);
  try {
    for await (const piece of connection.readable) {
      answer = new Uint8Array([...answer, ...piece]);
      if (isWhole(answer)) break;
    }
  } catch (error) {
    throw isLate ? new Error(`${method} ${target} is not answered after ${PATIENCE / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
  return parse(answer, method);
}

/** Is the answer there as far as it says how long it is? (A server that refuses a body may keep the connection.) */
function isWhole(bytes: Uint8Array<ArrayBuffer>): boolean {
  const end = indexOf(bytes, "\r\n\r\n", 0);
  const length = end < 0 ? undefined : /\r\ncontent-length: (\d+)/i.exec(decoder.decode(bytes.subarray(0, end)))?.[1];
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

function parse(bytes: Uint8Array<ArrayBuffer>, method: string): HttpAnswer {
  const end = indexOf(bytes, "\r\n\r\n", 0);
  if (end < 0) throw new Error("the connection was closed without an answer");
  const [statusLine = "", ...lines] = decoder.decode(bytes.subarray(0, end)).split("\r\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const rest = bytes.subarray(end + 4);
  const chunked = headers.get("transfer-encoding") === "chunked" && method !== "HEAD";
  return { status: Number(statusLine.split(" ")[1]), headers, body: chunked ? unchunk(rest) : rest };
}

function unchunk(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const pieces: number[] = [];
  for (let at = 0;;) {
    const end = indexOf(bytes, "\r\n", at);
    const size = parseInt(decoder.decode(bytes.subarray(at, end)), 16);
    if (size === 0) return Uint8Array.from(pieces);
    pieces.push(...bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function indexOf(bytes: Uint8Array, text: string, from: number): number {
  const wanted = encoder.encode(text);
  for (let at = from; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
