/**
 * What a command sees of the world: where it reads and writes. Tests put their own in its place.
 * @module
 */

/** The streams of the program. */
export interface Io {
  /** Does a person read stdout? */
  readonly terminal: boolean;
  /** Does a person read stderr? */
  readonly errorTerminal: boolean;
  /**
   * Says that code of the user runs in this process from now on. Whatever it prints (by `console`, by `Deno.stdout`, by
   * native code) goes to stderr, and only `write` reaches stdout; an error that nobody catches is reported as any other.
   */
  hostUserCode(): Promise<void>;
  /** Writes to stdout, all of it. */
  write(bytes: Uint8Array): void;
  /** Writes to stderr. */
  writeError(text: string): void;
  /** Standard input, from its beginning to its end. */
  stdin(): AsyncIterable<Uint8Array>;
}

/** Writes all of the bytes, however few the stream takes at a time. */
export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}
