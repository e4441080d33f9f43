import { importLater } from "../import_later.ts";

/**
 * From now on `report` is called with the message of an error that user code throws in a timer, or in a promise that is
 * not awaited; it must end the process. Returns a function that stops this.
 */
export function onUncaught(report: (words: string) => void): () => void {
  const hear = async (event: Event, error: unknown) => {
    event.preventDefault();
    const { userFrames } = await importLater<typeof import("./stack.ts")>("api/stack.ts");
    report(userFrames(error, "/"));
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
