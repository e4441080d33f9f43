import type { Limits } from "../../http/limits.ts";
import { importLater } from "../../import_later.ts";
import type { CommandContext } from "../command.ts";
import { checkOutputPath } from "../io/output.ts";
import { findModule } from "../options/api_path.ts";
import type { Values } from "../options/option.ts";
import type { SERVE_OPTIONS } from "../options/serve.ts";

type ServeValues = Values<typeof SERVE_OPTIONS>;

/** `serve`: the HTTP server, until it is told to stop. It never loads the user module itself; its workers do. */
export async function serve(context: CommandContext<ServeValues>): Promise<number> {
  const { settings, options, cwd } = context;
  const { port = 8000, host = "127.0.0.1", numWorkers = 1, allowRemoteInputs = [], parentPipeFd, noPage = false } =
    options;
  const { logFormat = "text", corsOrigin: corsOrigins = [], apiKey = context.env("TESSERACT_API_KEY") || undefined } =
    options;
  await checkOutputPath(settings.outputPath);
  const { name, version, description, debug, profiling, tracing, format, compression } = settings;
  const apiPath = await findModule(context);
  const { serve } = await importLater<typeof import("../../http/server.ts")>("http/server.ts");
  return await serve({
    host,
    port,
    workers: numWorkers === "auto" ? navigator.hardwareConcurrency : numWorkers,
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
    limits: limitsOf(options),
    access: { apiKey, corsOrigins },
    page: !noPage,
    logFormat,
  });
}

/** Those that were given; times in milliseconds. */
function limitsOf({ maxQueue, maxBodySize, maxRuns, ...times }: ServeValues): Partial<Limits> {
  const milliseconds = (seconds: number | undefined) => seconds === undefined ? undefined : seconds * 1000;
  const limits = {
    maxQueue,
    maxBodySize,
    maxRuns,
    timeout: milliseconds(times.timeout),
    runTimeout: milliseconds(times.runTimeout),
    runTtl: milliseconds(times.runTtl),
    abortGrace: milliseconds(times.abortGrace),
    bodyTimeout: milliseconds(times.bodyTimeout),
    gracePeriod: milliseconds(times.gracePeriod),
    drainDelay: milliseconds(times.drainDelay),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
