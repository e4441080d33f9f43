/**
 * Each definition has a hidden property: a function that serves it in this process. So a client needs only the
 * definition; the code of the server is loaded at the first call.
 * @module
 */
import { importLater } from "../import_later.ts";

/** Answers requests as a server of the Tesseract would. */
export type InProcess = (request: Request) => Promise<Response>;

/** The key of that property. The client (client/connect.ts) uses the same symbol. */
export const IN_PROCESS = Symbol.for("tesseract-runtime.in-process");

interface Serving {
  serveInProcess(definition: object, made: Error): Promise<InProcess>;
}

const NEEDS_DENO = "connect(module) computes in this process, which needs Deno: run it by deno, " +
  "or start `tesseract-runtime serve` and connect to its address";

/** Adds the function to a definition, as a property that is not enumerable. */
export function addInProcess(definition: object): void {
  if (!Object.isExtensible(definition) || IN_PROCESS in definition) return;
  // Its stack says in which file the definition is, for derivatives that are made from the code.
  const made = new Error();
  let serving: Promise<InProcess> | undefined;
  const answer: InProcess = async (request) => {
    // With Node alone: types are there, and the client, but not what a server is made of.
    if (typeof Deno === "undefined") throw new Error(NEEDS_DENO);
    serving ??= importLater<Serving>("http/in_process.ts").then(({ serveInProcess }) =>
      serveInProcess(definition, made)
    );
    return (await serving)(request);
  };
  Object.defineProperty(definition, IN_PROCESS, { value: answer });
}
