/** Everything besides its arguments that the program depends on. Tests replace it. */
export interface Surroundings {
  readonly io: Io;
  env(name: string): string | undefined;
  /** The current directory, which relative paths start from. */
  readonly cwd: string;
}

export interface Io {
  /** Is stdout a terminal? */
  readonly terminal: boolean;
  /** Is stderr a terminal? */
  readonly errorTerminal: boolean;
  /**
   * To be called before code of the user runs in this process. From then on whatever it prints (by `console`, by
   * `Deno.stdout`, by native code) goes to stderr, and only `write` and `print` reach stdout; an error that is
   * not caught is reported like any other.
   */
  hostUserCode(): Promise<void>;
  /** Writes to stdout, all of it. */
  write(bytes: Uint8Array): void;
  print(text: string): void;
  writeError(text: string): void;
  /** Returns a function that writes to the present stderr, also after descriptor 2 has been redirected. */
  errorStream(): (text: string) => void;
  /** Standard input, from its beginning to its end. */
  stdin(): AsyncIterable<Uint8Array>;
}

/** Writes all of the bytes. (One `writeSync` may write only some of them.) */
export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}
