import { isDenoAtLeast } from "../host/deno_version.ts";
import { importLater } from "../import_later.ts";

/**
 * From now on `report` is called with the message of an error that user code throws in a timer, or in a promise that is
 * not awaited; it must end the process. `heard` is called before that, as soon as the error is thrown. Both are told
 * whether they run in the asynchronous context of the error. Returns a function that stops this.
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
