/**
 * What a command sees of the world: where it reads and writes. Tests put their own in its place.
 * @module
 */

/** The streams of the program. */
export interface Io {
  /** Does a person read stdout? */
  readonly terminal: boolean;
  /**
   * Makes stdout the program's own: whatever anybody else prints from now on (the user module, by `console`, by
   * `Deno.stdout`, by native code) goes to stderr, and only `write` reaches stdout.
   */
  claimStdout(): void;
  /** Writes to stdout, all of it. */
  write(bytes: Uint8Array): void;
  /** Writes to stderr. */
  writeError(text: string): void;
  /** Standard input, from its beginning to its end. */
  stdin(): AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();

/** Writes all of the bytes, however few the stream takes at a time. */
export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}

/** The streams of this process. `claim` takes stdout away from everybody else and returns the way to it. */
export function processIo(claim: () => (bytes: Uint8Array) => void): Io {
  let write = (bytes: Uint8Array) => writeAll(Deno.stdout, bytes);
  let claimed = false;
  return {
    // Asked now: once claimed, descriptor 1 is stderr's.
    terminal: Deno.stdout.isTerminal(),
    claimStdout() {
      if (claimed) return;
      claimed = true;
      write = claim();
    },
    write: (bytes) => write(bytes),
    writeError: (text) => writeAll(Deno.stderr, encoder.encode(text)),
    stdin: () => Deno.stdin.readable,
  };
}
