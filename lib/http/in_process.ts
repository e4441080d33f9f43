/**
 * The server without a port, a queue and worker processes: the same routes, and the same handling of calls, in this
 * process.
 * @module
 */
import { fileUrl } from "../api/file_url.ts";
import { inspectDefinition } from "../check/inspect.ts";
import type { InProcess } from "../api/in_process.ts";
import { BrokenModule } from "../api/module_fault.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { framesOf } from "../api/stack.ts";
import { DERIVATIVE_NAMES } from "../endpoints/auto_derivatives.ts";
import { loadEndpoints } from "../endpoints/endpoints.ts";
import { concat } from "../formats/chunks.ts";
import type { WorkerSettings } from "../workers/protocol/messages.ts";
import { createHandler } from "../workers/worker/handle_call.ts";
import { type AppOptions, createApp } from "./app.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";

/**
 * Serves a definition in this process. Files are relative to the current directory. The caller is the author, so errors
 * are reported in full (`debug`). `made`: an error from where the definition was made, whose stack names the file.
 * Throws `BrokenModule` with all that is wrong with the definition.
 */
export async function serveInProcess(definition: object, made: Error): Promise<InProcess> {
  const isAuto = "derivatives" in definition && definition.derivatives === "auto";
  const file = isAuto ? await fileOf(definition, made) : undefined;
  const { module: inspected, faults } = inspectDefinition(definition, file);
  if (inspected === undefined) throw new BrokenModule(faults);
  const module = isAuto && file === undefined ? withoutDerivatives(inspected, definition) : inspected;
  const folder = Deno.cwd();
  const settings: WorkerSettings = {
    apiPath: module.file,
    debug: true,
    profiling: false,
    tracing: false,
    inputPath: folder,
    allowRemoteInputs: [],
    outputPath: folder,
    maxBodySize: DEFAULT_LIMITS.maxBodySize,
  };
  const endpoints = new Map((await loadEndpoints(module, settings.debug)).map((endpoint) => [endpoint.name, endpoint]));
  const handle = createHandler(module, endpoints, settings);

  // One call after the other, as in a worker: user code may rely on that.
  let last: Promise<unknown> = Promise.resolve();
  const call: AppOptions["pool"]["call"] = ({ head, body, gone }) => {
    const answer = last.then(async () => {
      gone?.().throwIfAborted();
      const bytes = body instanceof Uint8Array ? new Uint8Array(body) : await collect(body);
      const { head: replyHead, chunks } = await handle(head, [bytes], gone);
      // The rest of the head is for a server's log.
      const { status, contentType } = JSON.parse(replyHead);
      return { head: JSON.stringify({ status, contentType }), body: await collect(chunks) };
    });
    last = answer.catch(() => {});
    return answer;
  };
  const app = createApp({
    pool: { ready: true, call },
    endpoints: [...endpoints.keys()],
    format: "json",
    compression: "none",
    debug: true,
    // No timeout: the body comes from this process, not from a slow client.
    limits: { ...DEFAULT_LIMITS, bodyTimeout: Infinity },
    access: { apiKey: undefined, corsOrigins: [] },
    page: false,
    log: createLog("text", (text) => Promise.resolve(console.error(text.trimEnd()))),
  });
  return async (request) => {
    const { signal } = request;
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      return await Promise.race([app.fetch(request), aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };
}

/** A module whose derivatives cannot be made, as no file is known that exports it: the missing ones throw an error. */
function withoutDerivatives(module: TesseractModule, definition: object): TesseractModule {
  const none = () => {
    throw new Error(
      'derivatives: "auto" needs the file whose default export the definition is; where it is part of another ' +
        "Tesseract whose derivatives are made, serve it, and connect to its address",
    );
  };
  const missing = DERIVATIVE_NAMES.filter((name) => !(name in definition));
  return { ...module, functions: { ...module.functions, ...Object.fromEntries(missing.map((name) => [name, none])) } };
}

/** The file whose default export the definition is; `undefined` if it is no default export. */
async function fileOf(definition: object, made: Error): Promise<string | undefined> {
  const file = framesOf(made, "")[0]?.file;
  if (file === undefined) return undefined;
  try {
    const exports = await import(fileUrl(file));
    return exports.default === definition ? file : undefined;
  } catch {
    return undefined;
  }
}

/** A copy of all bytes: the memory of a chunk may be reused for the next. */
async function collect(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const copies: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) copies.push(chunk.slice());
  return concat(copies);
}
