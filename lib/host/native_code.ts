/**
 * Noticing that something may print past JavaScript: libraries of C and Fortran, and other programs.
 * @module
 */
import { dlopen } from "./dlopen.ts";

let seen = false;
let watching = false;
const listeners = new Set<() => void>();

/** Begins to watch whether user code loads native libraries or starts programs. To be called before it is loaded. */
export function watchNativeCode(): void {
  if (watching) return;
  watching = true;
  const { Command } = Deno;
  const noteNativeCode = () => {
    if (seen) return;
    seen = true;
    for (const listener of listeners) listener();
  };
  Deno.dlopen = ((...args: Parameters<typeof dlopen>) => {
    noteNativeCode();
    return dlopen(...args);
  }) as typeof dlopen;
  Deno.Command = class extends Command {
    constructor(...args: ConstructorParameters<typeof Command>) {
      noteNativeCode();
      super(...args);
    }
  };
}

/** Was there any? If not yet, `listener` is told of the first, before it can print. Returns what ends that. */
export function onNativeCode(listener: () => void): () => void {
  if (seen) listener();
  else listeners.add(listener);
  return () => listeners.delete(listener);
}
