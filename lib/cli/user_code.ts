import { onUncaught } from "../api/uncaught.ts";
import { errorLine } from "./errors.ts";

/**
 * From now on an uncaught error of user code (in a timer, or in a promise that is not awaited) is reported like any
 * other error of user code, and ends the process. If the process ends before there is a result (by `Deno.exit`, or
 * because it waits for a promise that never resolves), that is reported, too. Returns a function that stops this.
 */
export function watchUserCode(writeError: (text: string) => void): () => void {
  const endHearing = onUncaught((words) => {
    unwatch();
    writeError(`${errorLine(words)}\n`);
    Deno.exit(1);
  });
  // Deno dispatches `beforeunload` when the event loop is empty, but not at `Deno.exit`.
  let isIdle = false;
  const onIdle = () => void (isIdle = true);
  const onUnload = () => {
    writeError(
      isIdle
        ? "Error: the user module waits for a promise that never resolves\n"
        : "Error: the user module ended the process before there was a result\n",
    );
    Deno.exitCode = 1;
  };
  const unwatch = () => {
    endHearing();
    removeEventListener("beforeunload", onIdle);
    removeEventListener("unload", onUnload);
  };
  addEventListener("beforeunload", onIdle);
  addEventListener("unload", onUnload);
  return unwatch;
}
