/**
 * The server's stderr: one writer at a time, and never a wait for a reader that is slow.
 * @module
 */

const encoder = new TextEncoder();
let last: Promise<void> = Promise.resolve();

/** So many bytes wait for the reader of stderr at most; what comes then is left out. */
const MOST_WAITING = 1 << 26;
let waiting = 0;
let leftOut = 0;

/** Writes whole lines, after those before. Callers that read what they write from somewhere should wait for it. */
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
    // nobody reads it any more
  }).finally(() => waiting -= bytes.length);
  return last;
}
