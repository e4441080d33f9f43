/**
 * Ctrl-C for commands that have something to say at their end.
 * @module
 */
import { dlopen } from "../dlopen.ts";

/**
 * Does some work, and calls `onInterrupt` at the first Ctrl-C. The second ends the process, as the first does with any
 * other command.
 */
export async function interruptible<T>(onInterrupt: () => void, work: () => Promise<T>): Promise<T> {
  const listener = () => {
    Deno.removeSignalListener("SIGINT", listener);
    onInterrupt();
  };
  Deno.addSignalListener("SIGINT", listener);
  handleOnce();
  try {
    return await work();
  } finally {
    Deno.removeSignalListener("SIGINT", listener);
  }
}

const SIGINT = 2;
const SA_RESETHAND = 0x80000000;
/** Of the C library's `struct sigaction`, on 64-bit Linux: handler, mask, flags, restorer. */
const STRUCT_SIZE = 152, FLAGS_AT = 136;

/**
 * Tells the system itself that Deno handles one interrupt only: user code that computes keeps JavaScript from seeing
 * any. Where there is no C library of a known name, this is up to the listener.
 */
function handleOnce(): void {
  let libc;
  try {
    libc = dlopen("libc.so.6", { sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" } });
  } catch {
    return;
  }
  const { sigaction } = libc.symbols;
  const action = new Uint8Array(STRUCT_SIZE);
  if (sigaction(SIGINT, null, action) === 0) {
    const view = new DataView(action.buffer);
    view.setUint32(FLAGS_AT, view.getUint32(FLAGS_AT, true) | SA_RESETHAND, true);
    sigaction(SIGINT, action, null);
  }
  libc.close();
}
