/**
 * Payloads of any size, made while they are sent.
 * @module
 */

/** How arrays are written. */
export type Encoding = "base64" | "lists";

/** A payload whose pieces can be made again and again. */
export interface LargePayload {
  readonly length: number;
  pieces(): Generator<Uint8Array>;
}

/** Numbers that compress differently well: the element with index i. */
export const KINDS: Readonly<Record<string, (i: number) => number>> = {
  "noise": Math.random,
  "a ramp": (i) => i,
  "a sine in steps of 1/100": (i) => Math.round(100 * Math.sin(i / 1000)) / 100,
  "whole numbers to 1000": (i) => (i * 7919) % 1000,
  "zeros": () => 0,
};

/** Whole numbers of bytes and of base64 groups. */
const BLOCK = 3 * 2 ** 14;

const encoder = new TextEncoder();
const block = Float64Array.from({ length: BLOCK }, () => Math.random());

/** `apply` of arrays of so many float64 elements: the same random block, over and over. */
export function largePayload(encoding: Encoding, names: readonly string[], elements: number): LargePayload {
  const blocks = Math.floor(elements / BLOCK);
  const textOf = (numbers: Float64Array<ArrayBuffer>): string =>
    encoding === "lists" ? numbers.join(",") : bytesText(new Uint8Array(numbers.buffer, 0, numbers.byteLength));
  const whole = encoder.encode(textOf(block) + (encoding === "lists" ? "," : ""));
  // A list needs a last element without a comma.
  const rest = encoder.encode(
    textOf(block.subarray(0, elements - blocks * BLOCK)) || (encoding === "lists" ? "0" : ""),
  );
  const opening = encoding === "lists"
    ? "["
    : `{"object_type":"array","shape":[${elements}],"dtype":"float64","data":{"buffer":"`;
  const closing = encoding === "lists" ? "]" : '","encoding":"base64"}}';

  function* pieces(): Generator<Uint8Array> {
    let before = '{"inputs":{';
    for (const name of names) {
      yield encoder.encode(`${before}"${name}":${opening}`);
      for (let i = 0; i < blocks; i++) yield whole;
      yield rest;
      before = `${closing},`;
    }
    yield encoder.encode(`${closing}}}`);
  }

  let length = blocks * whole.length * names.length;
  for (const piece of pieces()) length += piece === whole ? 0 : piece.length;
  return { length, pieces };
}

/** The base64 of bytes. The types of Deno 2.9 do not know the method. */
export function bytesText(bytes: Uint8Array): string {
  return (bytes as unknown as { toBase64(): string }).toBase64();
}

/** Sends a payload and reads the answer. Returns how many milliseconds that took. */
export async function send(port: number, payload: LargePayload, accept: string): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  const begin = performance.now();
  const head = `POST /apply HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nAccept: ${accept}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${payload.length}\r\n\r\n`;
  await writeAll(connection, encoder.encode(head));
  for (const piece of payload.pieces()) await writeAll(connection, piece);
  const buffer = new Uint8Array(2 ** 20);
  let beginning = "";
  for (let n; (n = await connection.read(buffer)) !== null;) {
    if (beginning.length < 12) beginning += new TextDecoder("latin1").decode(buffer.subarray(0, Math.min(n, 2000)));
  }
  const milliseconds = performance.now() - begin;
  connection.close();
  if (!beginning.startsWith("HTTP/1.1 200")) throw new Error(beginning);
  return milliseconds;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent, sent + 2 ** 20));
}
