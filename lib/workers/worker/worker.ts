/**
 * The worker: the process that loads the user module and calls its functions.
 * @module
 */
import { loadModule } from "../../check/inspect.ts";
import { BrokenModule, describeModuleFault } from "../../api/module_fault.ts";
import { findMissing } from "../../api/required_files.ts";
import { onUncaught } from "../../api/uncaught.ts";
import { importLater } from "../../import_later.ts";
import { inTime } from "../../in_time.ts";
import type { Operation } from "../../endpoints/endpoint.ts";
import { loadEndpoints } from "../../endpoints/endpoints.ts";
import { endGroup } from "../../host/process_group.ts";
import { loadFormat } from "../../formats/registry.ts";
import { UnfitPayload } from "../../umbridge/unfit_payload.ts";
import { BadPath, checkPlace } from "../../schema/file_paths.ts";
import { putBackAllBuiltins, putBackBuiltins, withBuiltins } from "./builtins.ts";
import { connect } from "./connect.ts";
import { createHandler, placesOf } from "./handle_call.ts";
import type { WorkerHello, WorkerSettings } from "../protocol/messages.ts";
import { FrameKind } from "../protocol/frames.ts";
import { type Handle, serveCalls } from "./serve_calls.ts";

/** After an error that ends it a worker sends what it has begun for at most so many milliseconds. */
const LONGEST_SENDING = 5000;

/** Runs a worker until its server closes the connection. The arguments are `WorkerSettings` and `ConnectionPaths` as JSON. */
export async function runWorker([settings = "{}", paths = "{}"]: readonly string[]): Promise<void> {
  const connection = await connect(paths);
  const { socket, prints } = connection;
  onUncaught((words, isInContext) => {
    const print = () => console.error(`Error: ${words}`);
    if (isInContext || prints === undefined) print();
    else prints.runAsCurrent(print);
    // The error may be of a call before the one whose answer is being sent, which is not to be broken off.
    const exit = () => Deno.exit(1);
    void inTime(connection.answersSent(), LONGEST_SENDING, () => "late").then(exit, exit);
  }, (isInContext) => {
    connection.isEnding = true;
    if (isInContext) prints?.noteUncaught();
  });
  // Some service managers send a signal to every process of a service. The server handles it, and stops its workers.
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});
  socket.received = putBackBuiltins;
  const started = await start(JSON.parse(settings) as WorkerSettings);
  if ("failure" in started) {
    socket.send(FrameKind.FAILED, 0, new TextEncoder().encode(started.failure));
    await socket.flushed();
    return socket.close();
  }
  const done = serveCalls(connection, started.handle);
  socket.send(FrameKind.READY, 0, new TextEncoder().encode(JSON.stringify(started.hello)));
  // If the server was killed, the kernel kills this process group, with the programs that user code has started; but not
  // if this process ends before.
  if (!await done) endGroup(Deno.pid);
}

type Started = { readonly hello: WorkerHello; readonly handle: Handle } | { readonly failure: string };

/** Loads the user module, and all that the first call needs. */
async function start(settings: WorkerSettings): Promise<Started> {
  try {
    const module = withBuiltins(await loadModule(settings.apiPath, settings.inputPath));
    if (!putBackAllBuiltins()) {
      return {
        failure: "The user module changes what the language gives, as Object.prototype, so that it cannot be undone",
      };
    }
    const missing = findMissing(module.requiredFiles, settings.inputPath);
    if (missing) return { failure: missing.message };
    checkPlace(module.inputs, "input", settings.inputPath);
    checkPlace(module.outputs, "output", settings.outputPath);
    const endpoints: Operation[] = await loadEndpoints(module, settings.debug);
    if (settings.umbridge !== undefined) {
      const { loadOperations } = await importLater<typeof import("../../umbridge/load.ts")>("umbridge/load.ts");
      endpoints.push(...await loadOperations(module, settings.umbridge, placesOf(settings)));
    }
    await loadFormat("json");
    const handle = createHandler(module, new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])), settings);
    return {
      hello: { endpoints: endpoints.map(({ name }) => name) },
      handle: (head, body, signal) => {
        putBackBuiltins();
        return handle(head, body, signal);
      },
    };
  } catch (error) {
    if (error instanceof BrokenModule) return { failure: error.faults.map(describeModuleFault).join("\n") };
    if (error instanceof BadPath || error instanceof UnfitPayload) return { failure: error.message };
    return { failure: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}
