import { importLater } from "../../import_later.ts";
import type { CommandContext } from "../command.ts";
import { checkOutputPath } from "../io/output.ts";
import { findModule } from "../options/api_path.ts";
import type { Values } from "../options/option.ts";
import type { SERVE_OPTIONS } from "../options/serve.ts";

/** `serve`: the HTTP server, until it is told to stop. It never loads the user module itself; its workers do. */
export async function serve(context: CommandContext<Values<typeof SERVE_OPTIONS>>): Promise<number> {
  const { settings, options, cwd } = context;
  const { port = 8000, host = "127.0.0.1", numWorkers = 1, allowRemoteInputs = [], parentPipeFd } = options;
  await checkOutputPath(settings.outputPath);
  const { name, version, description, debug, profiling, tracing, format, compression } = settings;
  const apiPath = await findModule(context);
  const { serve } = await importLater<typeof import("../../http/server.ts")>("http/server.ts");
  return await serve({
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
    allowRemoteInputs,
    inputPath: settings.inputPath ?? cwd,
    outputPath: settings.outputPath ?? cwd,
    format,
    compression,
  });
}
