/**
 * Ctrl-C and SIGTERM in a process that runs user code: what is half written is cleared away.
 *
 * JavaScript sees no signal while user code computes. So the signals are listened to only while there is something to
 * clear away or to say, and else end the process by themselves; and the second one always does.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { dlopen } from "../host/dlopen.ts";
import { abandonWrites, onUnfinished } from "../storage/unfinished.ts";

/** One signal, listened to while it is wanted. */
class Listening {
  #isOn = false;

  constructor(private readonly signal: keyof typeof NUMBERS, private readonly taken: () => void) {}

  set(isWanted: boolean): void {
    if (isWanted === this.#isOn) return;
    this.#isOn = isWanted;
    if (!isWanted) return Deno.removeSignalListener(this.signal, this.taken);
    Deno.addSignalListener(this.signal, this.taken);
    if (!IS_FIRST) handleOnce(NUMBERS[this.signal]);
  }
}

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** The first process of a container is ended by no signal that it does not listen to. */
const IS_FIRST = Deno.pid === 1;

let exit: (code: number) => void = Deno.exit;
let onInterrupt: (() => void) | undefined;
let isAnyUnfinished = false;
/** Functions of the user that have not returned yet. */
let computing = 0;

const interrupt = new Listening("SIGINT", () => {
  const report = onInterrupt;
  onInterrupt = undefined;
  if (report === undefined) return void endBy("SIGINT");
  update();
  report();
});
const termination = new Listening("SIGTERM", () => void endBy("SIGTERM"));

async function endBy(signal: keyof typeof NUMBERS): Promise<void> {
  await abandonWrites();
  exit(128 + NUMBERS[signal]);
}

function update(): void {
  const isWanted = IS_FIRST || isAnyUnfinished && computing === 0;
  interrupt.set(isWanted || onInterrupt !== undefined);
  termination.set(isWanted);
}

/** From now on a process that is told to end clears away what it is writing, and calls `end` with its exit code. */
export function clearAwayOnSignals(end: (code: number) => void): void {
  exit = end;
  onUnfinished((isAny) => {
    isAnyUnfinished = isAny;
    update();
  });
  update();
}

/** The same module, whose functions a signal ends at once: until they return, or begin to wait, nobody would hear it. */
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

const SA_RESETHAND = 0x80000000;
/** Of the C library's `struct sigaction`, on 64-bit Linux: handler, mask, flags, restorer. */
const STRUCT_SIZE = 152, FLAGS_AT = 136;

/**
 * Tells the system itself that Deno handles one signal only: user code that computes keeps JavaScript from seeing any.
 * Where there is no C library of a known name, this is up to the listener.
 */
function handleOnce(signal: number): void {
  let libc;
  try {
    libc = dlopen("libc.so.6", { sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" } });
  } catch {
    return;
  }
  const { sigaction } = libc.symbols;
  const action = new Uint8Array(STRUCT_SIZE);
  if (sigaction(signal, null, action) === 0) {
    const view = new DataView(action.buffer);
    view.setUint32(FLAGS_AT, view.getUint32(FLAGS_AT, true) | SA_RESETHAND, true);
    sigaction(signal, action, null);
  }
  libc.close();
}
