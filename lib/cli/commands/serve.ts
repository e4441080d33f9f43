import type { FormatName } from "../../formats/registry.ts";
import type { Limits } from "../../http/limits.ts";
import { importLater } from "../../import_later.ts";
import type { CommandContext } from "../command.ts";
import { checkOutputPath } from "../io/output.ts";
import type { Payload } from "../io/payload.ts";
import { findModule } from "../options/api_path.ts";
import type { Values } from "../options/option.ts";
import { callSettings } from "../options/settings.ts";
import type { SERVE_OPTIONS } from "../options/serve.ts";

type ServeValues = Values<typeof SERVE_OPTIONS>;

/** `serve`: the HTTP server, until it is told to stop. It never loads the user module itself; its workers do. */
export async function run(context: CommandContext<ServeValues>): Promise<number> {
  const { settings, options, cwd } = context;
  const { port = 8000, host = "127.0.0.1", numWorkers = 1, allowRemoteInputs = [], parentPipeFd, noPage = false } =
    options;
  const { logFormat = "text", corsOrigin: corsOrigins = [], apiKey = context.env("TESSERACT_API_KEY") || undefined } =
    options;
  await checkOutputPath(settings.outputPath);
  const apiPath = await findModule(context);
  const payload = options.umbridge === undefined ? undefined : await openUmBridge(options.umbridge, context);
  const umbridge = payload && await keepPayload(payload);
  const { serve } = await importLater<typeof import("../../http/server.ts")>("http/server.ts");
  return await serve({
    host,
    port,
    workers: numWorkers === "auto" ? navigator.hardwareConcurrency : numWorkers,
    ...parentPipeFd === undefined ? {} : { parentPipeFd },
    ...callSettings(settings),
    apiPath,
    allowRemoteInputs,
    inputPath: settings.inputPath ?? payload?.folder ?? cwd,
    outputPath: settings.outputPath ?? cwd,
    format: settings.format,
    compression: settings.compression,
    limits: limitsOf(options),
    access: { apiKey, corsOrigins },
    page: !noPage,
    logFormat,
    ...umbridge && { umbridge },
  });
}

async function openUmBridge(argument: string, context: CommandContext<ServeValues>): Promise<Payload> {
  const { openPayload } = await importLater<typeof import("../io/payload.ts")>("cli/io/payload.ts");
  return await openPayload(argument, context);
}

/** Copies the payload to a file in memory, from which workers read it whenever they are started. */
async function keepPayload({ chunks, format }: Payload): Promise<{ file: string; format: FormatName }> {
  const { createMemoryFile, descriptorPath } = await importLater<typeof import("../../host/memory.ts")>(
    "host/memory.ts",
  );
  const fd = createMemoryFile("payload");
  // Files in memory exist only on Linux.
  const file = fd === undefined ? await Deno.makeTempFile({ prefix: "tesseract-" }) : descriptorPath(fd);
  if (fd === undefined) addEventListener("unload", () => Deno.removeSync(file));
  await Deno.writeFile(file, ReadableStream.from(chunks));
  return { file, format };
}

/** The limits that were given as options; times in milliseconds. */
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
