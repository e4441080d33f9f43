/**
 * Signals as the system handles them, which is at once: JavaScript hears of one only when user code lets it run.
 * @module
 */
import { cString, withLibc } from "./libc.ts";

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
/** Those that a program that is asked to end gets. */
export type EndSignal = keyof typeof SIGNALS;

/** What shells report for a process that a signal ended. */
export const exitCodeOfSignal = (signal: EndSignal): number => 128 + SIGNALS[signal];

/** The first process of a container is ended by no signal that it does not listen to. */
export const IS_FIRST_PROCESS = Deno.pid === 1;

const SA_RESETHAND = 0x80000000, SA_SIGINFO = 4;
/** Of the C library's `struct sigaction`, on 64-bit Linux: handler, mask, flags, restorer. */
const STRUCT_SIZE = 152, HANDLER_AT = 0, FLAGS_AT = 136;

/**
 * Calls `listener` at the first signal of this kind; the second ends the process, even while user code computes and
 * never lets JavaScript run (where there is no C library of a known name: unless it does). Returns what ends that.
 */
export function onFirstSignal(signal: EndSignal, listener: () => void): () => void {
  Deno.addSignalListener(signal, listener);
  if (!IS_FIRST_PROCESS) resetAfterFirst(SIGNALS[signal]);
  return () => Deno.removeSignalListener(signal, listener);
}

/** Has the system forget the handler when it has been called. */
function resetAfterFirst(signal: number): void {
  withLibc(({ sigaction }) => {
    const action = new Uint8Array(STRUCT_SIZE);
    if (Deno.build.os !== "linux" || sigaction(signal, null, action) !== 0) return;
    const view = new DataView(action.buffer);
    view.setUint32(FLAGS_AT, view.getUint32(FLAGS_AT, true) | SA_RESETHAND, true);
    sigaction(signal, action, null);
  });
}

/** SIGILL, SIGBUS, SIGFPE, SIGSEGV. (A program that aborts has said why.) */
const CRASHES = [4, 7, 8, 11];

/**
 * From now on a crash in native code says on stderr which signal it was, before the signal ends the process: no
 * JavaScript runs any more then, so the handler is a function of the C library. (`psignal` takes the signal and a text,
 * in whose place the system gives it data about the signal: the line begins with a control character.)
 */
export function nameCrashes(): void {
  if (Deno.build.os !== "linux") return;
  withLibc(({ dlsym, sigaction }) => {
    const psignal = dlsym(null, cString("psignal"));
    if (psignal === null) return;
    const view = new DataView(new ArrayBuffer(STRUCT_SIZE));
    view.setBigUint64(HANDLER_AT, BigInt(Deno.UnsafePointer.value(psignal)), true);
    view.setUint32(FLAGS_AT, SA_RESETHAND | SA_SIGINFO, true);
    for (const signal of CRASHES) sigaction(signal, new Uint8Array(view.buffer), null);
  });
}
