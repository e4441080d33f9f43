/**
 * SIGINT (Ctrl-C) and SIGTERM in a process that runs user code: the call's `AbortSignal` fires, and unfinished files
 * are removed.
 *
 * A signal handler in JavaScript cannot run while user code computes. So a handler is installed only while it has
 * something to do. Without one, the system ends the process at once, as it does at the second signal in any case.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { type EndSignal, exitCodeOfSignal, IS_FIRST_PROCESS, nameCrashes, onFirstSignal } from "../host/signals.ts";
import { abandonWrites, onUnfinished } from "../storage/unfinished.ts";

/** Milliseconds that a call gets to end after its signal has fired. */
const ABORT_GRACE = 5000;

/** For each signal that has a handler, the function that removes it. */
const listening = new Map<EndSignal, () => void>();

let exit: (code: number) => void = Deno.exit;
let onInterrupt: (() => void) | undefined;
let isAnyUnfinished = false;
/** How many functions of the user are running. (An async one counts only until it returns its promise.) */
let computing = 0;
/** The controller of the current call, if user code has used the signal of its context. */
let controller: AbortController | undefined;
let interruptedBy: EndSignal | undefined;

/** The exit code after a signal has aborted the call; `undefined` if none has. */
export const exitCodeOfInterrupt = (): number | undefined => interruptedBy && exitCodeOfSignal(interruptedBy);

function take(signal: EndSignal): void {
  const report = signal === "SIGINT" ? onInterrupt : undefined;
  if (report !== undefined) {
    onInterrupt = undefined;
    update();
    report();
  } else if (controller !== undefined && interruptedBy === undefined) {
    interruptedBy = signal;
    setTimeout(() => void endBy(signal), ABORT_GRACE);
    controller.abort(new DOMException(`The call was interrupted by ${signal}`, "AbortError"));
  } else void endBy(signal);
}

async function endBy(signal: EndSignal): Promise<void> {
  await abandonWrites();
  exit(exitCodeOfSignal(signal));
}

function update(): void {
  const isWanted = IS_FIRST_PROCESS || controller !== undefined || isAnyUnfinished && computing === 0;
  listen("SIGINT", isWanted || onInterrupt !== undefined);
  listen("SIGTERM", isWanted);
}

function listen(signal: EndSignal, isWanted: boolean): void {
  if (isWanted === listening.has(signal)) return;
  if (isWanted) listening.set(signal, onFirstSignal(signal, () => take(signal)));
  else {
    listening.get(signal)!();
    listening.delete(signal);
  }
}

/**
 * From now on, at SIGINT or SIGTERM, unfinished files are removed, and then `end` is called with the exit code. A crash
 * in native code is reported on stderr.
 */
export function clearAwayOnSignals(end: (code: number) => void): void {
  exit = end;
  nameCrashes();
  onUnfinished((isAny) => {
    isAnyUnfinished = isAny;
    update();
  });
  update();
}

/**
 * The same module; but while its functions compute, no handler is installed for unfinished files, so that a signal ends
 * the process at once, unless the `AbortSignal` of the call has to fire.
 */
export function endable(module: TesseractModule): TesseractModule {
  const functions = Object.fromEntries(
    Object.entries(module.functions).map(([name, call]) => [name, (...args: readonly unknown[]) => {
      computing++;
      update();
      try {
        return call(...args);
      } finally {
        computing--;
        update();
      }
    }]),
  );
  return { ...module, functions };
}

/**
 * Makes a call. `signal` makes the `AbortSignal` of its context, which SIGINT or SIGTERM fires. If the call does not
 * end within `ABORT_GRACE` after that, the process is ended.
 */
export async function abortable<T>(call: (signal: () => AbortSignal) => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    return await call(() => {
      controller ??= new AbortController();
      // An AbortSignal does not keep the event loop alive: without a timer, a process that only waits for it ends.
      timer ??= setInterval(() => {}, 2 ** 30);
      update();
      return controller.signal;
    });
  } finally {
    // Deno loads its timers when the first is set or cleared, which takes 4 ms: a short call needs none.
    if (timer !== undefined) clearInterval(timer);
    controller = undefined;
    update();
  }
}

/**
 * Does some work, and calls `report` at the first Ctrl-C, which ends the process in other commands. The second one does
 * so here, too.
 */
export async function interruptible<T>(report: () => void, work: () => Promise<T>): Promise<T> {
  onInterrupt = report;
  update();
  try {
    return await work();
  } finally {
    onInterrupt = undefined;
    update();
  }
}
