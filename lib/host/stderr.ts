/**
 * The server's stderr: lines are not mixed, and a slow reader does not block the server.
 * @module
 */

const encoder = new TextEncoder();
let last: Promise<void> = Promise.resolve();

/** At most this many bytes are queued for a slow reader of stderr; further lines are left out. */
const MOST_WAITING = 1 << 26;
let waiting = 0;
let leftOut = 0;

/**
 * Writes whole lines, after all lines before. A caller that forwards a stream should wait for the promise
 * (backpressure); others need not.
 */
export function writeStderr(text: string): Promise<void> {
  if (waiting > MOST_WAITING) {
    leftOut += text.length;
    return last;
  }
  if (leftOut > 0 && waiting < MOST_WAITING / 2) {
    text = `Warning: ${leftOut} characters were left out here, because stderr was not read\n${text}`;
    leftOut = 0;
  }
  const bytes = encoder.encode(text);
  waiting += bytes.length;
  last = last.then(async () => {
    for (let done = 0; done < bytes.length;) done += await Deno.stderr.write(bytes.subarray(done));
  }).catch(() => {
    // its reader has closed it
  }).finally(() => waiting -= bytes.length);
  return last;
}
