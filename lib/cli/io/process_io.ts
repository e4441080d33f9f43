import { clearAwayOnSignals } from "../interrupt.ts";
import { type Io, writeAll } from "./io.ts";
import { claimStdout } from "../../host/stdout.ts";
import { watchUserCode } from "../user_code.ts";

const encoder = new TextEncoder();

/** The streams of this process, and the way to end it. */
export function processIo(): Io & { exit(code: number): never } {
  let write = (bytes: Uint8Array) => writeAll(Deno.stdout, bytes);
  const writeError = (text: string) => {
    try {
      writeAll(Deno.stderr, encoder.encode(text));
    } catch {
      // Nobody reads stderr, or its disk is full: the exit code still says what happened.
    }
  };
  let stopWatching: (() => void) | undefined;
  const exit = (code: number): never => {
    stopWatching?.();
    Deno.exit(code);
  };
  return {
    // Looked up now: after `hostUserCode`, descriptor 1 may point to stderr.
    terminal: Deno.stdout.isTerminal(),
    errorTerminal: Deno.stderr.isTerminal(),
    async hostUserCode() {
      if (stopWatching !== undefined) return;
      stopWatching = watchUserCode(writeError);
      clearAwayOnSignals(exit);
      write = await claimStdout();
    },
    write: (bytes) => write(bytes),
    print: (text) => write(encoder.encode(text)),
    writeError,
    errorStream() {
      let stream: Deno.FsFile;
      try {
        stream = Deno.openSync("/dev/stderr", { write: true });
      } catch {
        // Fails where the terminal belongs to another user, as after `su`.
        return writeError;
      }
      return (text) => writeAll(stream, encoder.encode(text));
    },
    stdin: () => Deno.stdin.readable,
    exit,
  };
}
