import type { TesseractModule } from "../api/tesseract.ts";
import type { Endpoint } from "../endpoints/endpoint.ts";
import { type Answer, answer } from "../endpoints/pipeline.ts";
import { importLater } from "../import_later.ts";
import type { CallReport } from "../runs/call_report.ts";
import type { TakeEvent } from "../runs/run_events.ts";
import { RunContext, type RunPlaces } from "../runs/run_context.ts";
import { scratchPath } from "../runs/run_folder.ts";
import { abortable, endable } from "./interrupt.ts";
import type { Payload } from "./io/payload.ts";
import type { Settings } from "./options/settings.ts";

/**
 * Answers a call of an endpoint on the command line. If an output path is given, what the call prints is recorded
 * there. Without one, the files of the call go to `cwd`, or, if that is "scratch", to a temporary folder that is
 * removed afterwards; its prints and records are not kept then. `takeEvent` gets the progress of the call.
 */
export async function runCall(
  module: TesseractModule,
  endpoint: Endpoint,
  payload: Pick<Payload, "chunks" | "format">,
  inputPath: string,
  settings: Settings,
  cwd: string | "scratch",
  takeEvent?: TakeEvent,
): Promise<Answer> {
  const keep = settings.outputPath !== undefined;
  const scratch = !keep && cwd === "scratch";
  const places: RunPlaces = {
    inputPath,
    outputBase: scratch ? scratchPath() : settings.outputPath ?? cwd,
    keep,
    scratch,
  };
  return await abortable(async (signal) => {
    const context = new RunContext(crypto.randomUUID(), places, "", signal, takeEvent);
    const report = await makeReport(endpoint.name, settings);
    const stopRecording = keep ? await recordPrints(context) : undefined;
    try {
      return await answer(endable(module), {
        endpoint,
        body: payload.chunks,
        bodyFormat: payload.format,
        format: settings.format,
        compression: settings.compression === "lz4" ? "lz4" : undefined,
        context,
        report,
      });
    } finally {
      report?.print();
      stopRecording?.();
      await context.end();
    }
  });
}

async function recordPrints({ folder }: RunContext): Promise<() => void> {
  // Removes those of an earlier run with the same output path.
  for (const name of ["tesseract.log", "metrics.csv", "parameters.json"]) folder.remove(`logs/${name}`);
  const { recordPrints } = await importLater<typeof import("../runs/record_prints.ts")>("runs/record_prints.ts");
  return recordPrints(folder);
}

async function makeReport(endpoint: string, settings: Settings): Promise<CallReport | undefined> {
  if (!settings.profiling && !settings.tracing) return undefined;
  const { CallReport } = await importLater<typeof import("../runs/call_report.ts")>("runs/call_report.ts");
  return new CallReport(endpoint, settings);
}
