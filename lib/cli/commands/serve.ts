import { importLater } from "../../import_later.ts";
import { findModule } from "../options/api_path.ts";
import { type RepeatableServeFlags, SERVE_FLAGS, type ServeFlags } from "../options/command_options.ts";
import { fromEnvironment } from "../options/environment.ts";
import type { Invocation } from "../invocation.ts";
import { checkOutputPath } from "../io/output.ts";
import { given, readSettings } from "../options/settings.ts";

/** `serve`: the HTTP server, until it is told to stop. It never loads the user module itself; its workers do. */
export async function serve(this: Invocation, flags: ServeFlags & RepeatableServeFlags): Promise<void> {
  const settings = readSettings(this, "serve");
  const { port = 8000, host = "127.0.0.1", numWorkers = 1, parentPipeFd } = {
    ...fromEnvironment<ServeFlags>(this, "serve", SERVE_FLAGS, false),
    ...given(flags),
  };
  await checkOutputPath(settings.outputPath);
  const apiPath = await findModule(this, settings);
  const { name, version, description, debug, profiling, tracing, format, compression } = settings;
  const { serve } = await importLater<typeof import("../../http/server.ts")>("http/server.ts");
  const code = await serve({
    host,
    port,
    workers: numWorkers,
    ...parentPipeFd === undefined ? {} : { parentPipeFd },
    apiPath,
    name,
    version,
    description,
    debug,
    profiling,
    tracing,
    allowRemoteInputs: flags.allowRemoteInputs ?? [],
    inputPath: settings.inputPath ?? this.cwd,
    outputPath: settings.outputPath ?? this.cwd,
    format,
    compression,
    limits: {},
    access: { apiKey: undefined, corsOrigins: [] },
    logFormat: "text",
  });
  this.process.exitCode = code;
}
