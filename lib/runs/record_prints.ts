/**
 * The log of a call in this process: what is printed meanwhile goes to stderr and to a file.
 * @module
 */
import { descriptors } from "./descriptors.ts";
import { interceptPrints } from "./intercept_prints.ts";
import { onNativeCode } from "./native_code.ts";
import type { RunFolder } from "./run_folder.ts";

const LOG = "logs/tesseract.log";

/**
 * From now on what is printed is also in the run's log, which is made when something is. Returns what ends it.
 *
 * Prints of JavaScript are sent to the file, and from there to stderr, one by one: whatever else this process has to
 * say goes straight to stderr, as the last words of one that crashes. Once native code is loaded, everything goes to
 * the file as it is printed, and is passed on to stderr with the next print of JavaScript, or when the call ends.
 */
export function recordPrints(folder: RunFolder): () => void {
  const libc = descriptors();
  if (libc === undefined) return () => {};
  const writeError = Deno.stderr.writeSync.bind(Deno.stderr);
  let log: { readonly fd: number; readonly stdout: number; readonly stderr: number; readonly reader: Deno.FsFile };
  let state: "new" | "open" | "failed" = "new";
  let redirected = false;
  let native = false;

  /** Is there a file to write to? */
  const open = (): boolean => {
    if (state !== "new") return state === "open";
    state = "failed";
    try {
      const path = folder.file(LOG);
      const fd = libc.creat(new TextEncoder().encode(`${path}\0`), 0o644);
      log = { fd, reader: Deno.openSync(path), stdout: libc.dup(1), stderr: libc.dup(2) };
      state = "open";
    } catch (error) {
      writeError(new TextEncoder().encode(`Warning: the run log cannot be written: ${(error as Error).message}\n`));
    }
    return state === "open";
  };
  const redirect = (on: boolean) => {
    libc.dup2(on ? log.fd : log.stdout, 1);
    libc.dup2(on ? log.fd : log.stderr, 2);
    redirected = on;
  };
  /** Sends to stderr what is new in the file. */
  const passOn = () => {
    const piece = new Uint8Array(1 << 16);
    for (let read = log.reader.readSync(piece); read !== null; read = log.reader.readSync(piece)) {
      for (let done = 0; done < read;) done += writeError(piece.subarray(done, read));
    }
  };

  const stopIntercepting = interceptPrints((print) => {
    // one print may be made of others
    if (redirected && !native || !open()) return print();
    redirect(true);
    try {
      return print();
    } finally {
      redirect(false);
      passOn();
      if (native) redirect(true);
    }
  });
  const stopListening = onNativeCode(() => {
    native = open();
    if (native) redirect(true);
  });
  const end = () => {
    stopListening();
    stopIntercepting();
    removeEventListener("unload", end);
    if (state !== "open") return;
    state = "failed";
    redirect(false);
    passOn();
    const { size } = log.reader.statSync();
    log.reader.close();
    for (const fd of [log.fd, log.stdout, log.stderr]) libc.close(fd);
    if (size === 0) folder.remove(LOG);
  };
  // user code may end the process
  addEventListener("unload", end);
  return end;
}
