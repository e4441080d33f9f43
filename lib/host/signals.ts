/**
 * Signals that are handled even while user code blocks the event loop, when no listener in JavaScript can run.
 * @module
 */
import { cString, type Libc, withLibc } from "./libc.ts";

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
/** The signals that ask a program to end. */
export type EndSignal = keyof typeof SIGNALS;

/** The exit code that shells report for a process that a signal has ended. */
export const exitCodeOfSignal = (signal: EndSignal): number => 128 + SIGNALS[signal];

/** Is this the first process of a container? A signal that it has no listener for does not end that process. */
export const IS_FIRST_PROCESS = Deno.pid === 1;

const SA_RESETHAND = 0x80000000, SA_SIGINFO = 4;
/** The size and offsets of the C library's `struct sigaction` on 64-bit Linux: handler, mask, flags, restorer. */
const STRUCT_SIZE = 152, HANDLER_AT = 0, FLAGS_AT = 136;

/**
 * Calls `listener` at the first signal of this kind. The second one ends the process, even while user code blocks the
 * event loop; but in the first process of a container, and on other systems than Linux, it calls `listener` again.
 * Returns a function that removes the listener.
 */
export function onFirstSignal(signal: EndSignal, listener: () => void): () => void {
  Deno.addSignalListener(signal, listener);
  if (!IS_FIRST_PROCESS) resetAfterFirst(SIGNALS[signal]);
  return () => Deno.removeSignalListener(signal, listener);
}

/** Makes the system restore the signal's default action once its handler has been called. */
function resetAfterFirst(signal: number): void {
  withLibc(({ sigaction }) => {
    const action = new Uint8Array(STRUCT_SIZE);
    if (Deno.build.os !== "linux" || sigaction(signal, null, action) !== 0) return;
    const view = new DataView(action.buffer);
    view.setUint32(FLAGS_AT, view.getUint32(FLAGS_AT, true) | SA_RESETHAND, true);
    sigaction(signal, action, null);
  });
}

/** SIGILL, SIGBUS, SIGFPE, SIGSEGV. (Not SIGABRT: a program that aborts has usually printed why.) */
const CRASHES = [4, 7, 8, 11];

/**
 * From now on a crash in native code says on stderr which signal it was, before the signal ends the process: no
 * JavaScript runs any more then, so the handler is a function of the C library.
 */
export function nameCrashes(): void {
  if (Deno.build.os !== "linux") return;
  withLibc((libc) => {
    const psignal = libc.dlsym(null, cString("psignal"));
    if (psignal === null) return;
    const view = new DataView(new ArrayBuffer(STRUCT_SIZE));
    view.setBigUint64(HANDLER_AT, crashHandler(libc, Deno.UnsafePointer.value(psignal)), true);
    view.setUint32(FLAGS_AT, SA_RESETHAND | SA_SIGINFO, true);
    for (const signal of CRASHES) libc.sigaction(signal, new Uint8Array(view.buffer), null);
  });
}

const PROT_ALL = 7, MAP_PRIVATE_ANONYMOUS = 0x22, PAGE = 4096, MESSAGE_AT = 64;

/**
 * The address of machine code that calls `psignal` with the signal and a message. The system calls a handler with the
 * signal and data about it, so three instructions replace the second argument: `mov rsi, message; mov rax, psignal;
 * jmp rax`. On other processors than x86-64, and where memory may not be executed, it is the address of `psignal`
 * itself, which then prints that data as its message: the line begins with a control character.
 */
function crashHandler(libc: Libc, psignal: bigint): bigint {
  if (Deno.build.arch !== "x86_64") return psignal;
  const page = libc.mmap(null, BigInt(PAGE), PROT_ALL, MAP_PRIVATE_ANONYMOUS, -1, 0n);
  const address = Deno.UnsafePointer.value(page);
  if (page === null || BigInt.asIntN(64, address) === -1n) return psignal;
  const memory = Deno.UnsafePointerView.getArrayBuffer(page, PAGE);
  const code = new DataView(memory);
  code.setUint16(0, 0x48be);
  code.setBigUint64(2, address + BigInt(MESSAGE_AT), true);
  code.setUint16(10, 0x48b8);
  code.setBigUint64(12, psignal, true);
  code.setUint16(20, 0xffe0);
  new Uint8Array(memory).set(cString("Error: native code crashed"), MESSAGE_AT);
  return address;
}
