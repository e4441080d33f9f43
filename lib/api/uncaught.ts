/**
 * Errors that user code throws where nobody waits for them.
 * @module
 */
import { isDenoAtLeast } from "../host/deno_version.ts";
import { importLater } from "../import_later.ts";

/**
 * From now on `report` hears of an error that user code throws in a timer, or in a promise that is not awaited, in the
 * words for its author; it ends the process. `heard` is called at once. Both are told whether they are called in the
 * asynchronous context that the error belongs to. Returns what ends that.
 */
export function onUncaught(
  report: (words: string, isInContext: boolean) => void,
  heard?: (isInContext: boolean) => void,
): () => void {
  const hear = async (event: Event, error: unknown) => {
    event.preventDefault();
    const isInContext = event instanceof PromiseRejectionEvent && isDenoAtLeast(8);
    heard?.(isInContext);
    const { userFrames } = await importLater<typeof import("./stack.ts")>("api/stack.ts");
    report(userFrames(error, "/"), isInContext);
  };
  const onError = (event: ErrorEvent) => hear(event, event.error);
  const onRejection = (event: PromiseRejectionEvent) => hear(event, event.reason);
  addEventListener("error", onError);
  addEventListener("unhandledrejection", onRejection);
  return () => {
    removeEventListener("error", onError);
    removeEventListener("unhandledrejection", onRejection);
  };
}
