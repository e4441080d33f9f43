/**
 * A definition carries the program that serves it: whoever has the definition can call it in this process, and need
 * not import the program. It is loaded when it is first asked for.
 * @module
 */
import { importLater } from "../import_later.ts";

/** Answers requests as a server of the Tesseract would. */
export type InProcess = (request: Request) => Promise<Response>;

/** Where a definition has it. The client (client/connect.ts) knows the same symbol by its name. */
export const IN_PROCESS = Symbol.for("tesseract-runtime.in-process");

interface Serving {
  serveInProcess(definition: object, made: Error): Promise<InProcess>;
}

/** Puts it on a definition, where nobody who lists the definition's parts sees it. */
export function addInProcess(definition: object): void {
  if (!Object.isExtensible(definition) || IN_PROCESS in definition) return;
  // Its stack says in which file the definition is, for derivatives that are made from the code.
  const made = new Error();
  let serving: Promise<InProcess> | undefined;
  const answer: InProcess = async (request) => {
    serving ??= importLater<Serving>("http/in_process.ts").then(({ serveInProcess }) =>
      serveInProcess(definition, made)
    );
    return (await serving)(request);
  };
  Object.defineProperty(definition, IN_PROCESS, { value: answer });
}
