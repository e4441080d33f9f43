/**
 * Ctrl-C and SIGTERM in a process that runs user code: the call's signal fires, and unfinished files are removed.
 *
 * No JavaScript handler runs while user code computes. So a handler is installed only while there is something to do on
 * a signal; without one, the signal ends the process by itself, as the second one always does.
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
/** Functions of the user that have not returned yet. */
let computing = 0;
/** The controller of the current call, if user code has used the signal of its context. */
let controller: AbortController | undefined;
let interruptedBy: EndSignal | undefined;

/** The exit code of a process whose call was asked to end by a signal. */
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
 * From now on a signal removes what is being written, and then calls `end` with the exit code; a crash in native code
 * is reported on stderr.
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
 * The same module, but no handlers are installed while its functions compute, so that a signal ends them at once.
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
 * Makes a call, whose context gets its signal from `signal`: a SIGINT or SIGTERM fires it. A call that does not end
 * soon after is ended with the process.
 */
export async function abortable<T>(call: (signal: () => AbortSignal) => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    return await call(() => {
      controller ??= new AbortController();
      // A process whose user code waits for nothing but the signal would end: a signal does not keep it alive.
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
 * Does some work, and calls `report` at the first Ctrl-C. The second ends the process, as the first does with any
 * other command.
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
