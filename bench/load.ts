/**
 * A load generator of a few lines, run as a process of its own: sends one request after the other over each of some
 * keep-alive connections, and prints what it measured as JSON.
 *
 *     deno run -A bench/load.ts PORT PATH BODY_FILE CONNECTIONS SECONDS
 */
const [port, path, bodyFile, connections, seconds] = Deno.args as [string, string, string, string, string];

const body = await Deno.readFile(bodyFile);
const head = new TextEncoder().encode(
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
);
const request = new Uint8Array(head.length + body.length);
request.set(head);
request.set(body, head.length);

const latencies: number[] = [];
let failures = 0;
let running = true;
const latin1 = new TextDecoder("latin1");

const OK = "HTTP/1.1 200";

/** Is this the end of a chunked answer? (The last chunk is assumed to arrive in one piece.) */
const endsChunks = (bytes: Uint8Array): boolean => latin1.decode(bytes.subarray(-5)) === "0\r\n\r\n";

async function client(): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  connection.setNoDelay();
  const buffer = new Uint8Array(1 << 20);
  // Answers are mostly as long as the one before: then there is nothing to take apart, and the time is the server's.
  let whole = 0;
  while (running) {
    const start = performance.now();
    for (let sent = 0; sent < request.length;) sent += await connection.write(request.subarray(sent));
    let text = "";
    // what is still to come; of a chunked answer that is known only at its end
    let missing = Infinity;
    let chunked = false;
    while (missing > 0) {
      const n = await connection.read(buffer);
      if (n === null) throw new Error("the server closed the connection");
      if (n === whole && text === "" && buffer[9] === 50 && buffer[10] === 48 && buffer[11] === 48) {
        text = OK;
        break;
      }
      if (chunked) {
        if (endsChunks(buffer.subarray(0, n))) break;
      } else if (missing !== Infinity) {
        missing -= n;
      } else {
        text += latin1.decode(buffer.subarray(0, n));
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) continue;
        const length = /content-length: (\d+)/i.exec(text);
        if (length) {
          missing = Number(length[1]) - (text.length - end - 4);
          if (missing === 0) whole = n;
        } else if (endsChunks(buffer.subarray(0, n))) break;
        else chunked = true;
      }
    }
    latencies.push(performance.now() - start);
    if (!text.startsWith(OK)) failures++;
  }
  connection.close();
}

const start = performance.now();
setTimeout(() => running = false, Number(seconds) * 1000);
await Promise.all(Array.from({ length: Number(connections) }, client));
const elapsed = (performance.now() - start) / 1000;
latencies.sort((a, b) => a - b);
console.log(JSON.stringify({
  requests: latencies.length,
  failures,
  perSecond: latencies.length / elapsed,
  medianMicroseconds: latencies[latencies.length >> 1]! * 1000,
}));
