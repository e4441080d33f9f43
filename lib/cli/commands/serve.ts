import type { FormatName } from "../../formats/registry.ts";
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
  const { settings, cwd, env } = context;
  const {
    port = 8000,
    host = "127.0.0.1",
    numWorkers = 1,
    allowRemoteInputs = [],
    apiKey = env("TESSERACT_API_KEY") || undefined,
    corsOrigin: corsOrigins = [],
    umbridge: argument,
    noPage = false,
    logFormat = "text",
    parentPipeFd,
    // All others are limits of the server, by the same names.
    ...limits
  } = context.options;
  await checkOutputPath(settings.outputPath);
  const apiPath = await findModule(context);
  const payload = argument === undefined ? undefined : await openUmBridge(argument, context);
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
    limits,
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
