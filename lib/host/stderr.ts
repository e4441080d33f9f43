/**
 * The server's stderr: one writer at a time, and never a wait for a reader that is slow.
 * @module
 */

const encoder = new TextEncoder();
let last: Promise<void> = Promise.resolve();

/** Writes whole lines, after those before. Nobody needs to wait for it, but who reads what it writes should. */
export function writeStderr(text: string): Promise<void> {
  const bytes = encoder.encode(text);
  last = last.then(async () => {
    for (let done = 0; done < bytes.length;) done += await Deno.stderr.write(bytes.subarray(done));
  }).catch(() => {
    // nobody reads it any more
  });
  return last;
}
