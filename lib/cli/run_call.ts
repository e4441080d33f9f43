import type { TesseractModule } from "../api/tesseract.ts";
import { type Answer, answer, type Call } from "../endpoints/pipeline.ts";
import { importLater } from "../import_later.ts";
import type { CallReport } from "../runs/call_report.ts";
import type { TakeEvent } from "../runs/run_events.ts";
import { RunContext, type RunPlaces, warnOfLostRecords } from "../runs/run_context.ts";
import { scratchPath } from "../runs/run_folder.ts";
import { abortable, endable } from "./interrupt.ts";
import type { Settings } from "./options/settings.ts";

/**
 * Answers a call of an endpoint on the command line. If an output path is given, what the call prints is recorded
 * there. Without one, its files go to `cwd`, or, if that is "scratch", to a temporary folder that is removed
 * afterwards; nothing else is recorded then. `takeEvent` is told of the progress of the call.
 */
export async function runCall(
  module: TesseractModule,
  call: Omit<Call, "context" | "report">,
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
    const report = await makeReport(call.endpoint.name, settings);
    const stopRecording = keep ? await recordPrints(context) : undefined;
    try {
      return await answer(endable(module), { ...call, context, report });
    } finally {
      report?.print();
      stopRecording?.();
      await context.end().catch(warnOfLostRecords);
    }
  });
}

async function recordPrints({ folder }: RunContext): Promise<() => void> {
  // The run before may have had the same folder.
  for (const name of ["tesseract.log", "metrics.csv", "parameters.json"]) folder.remove(`logs/${name}`);
  const { recordPrints } = await importLater<typeof import("../runs/record_prints.ts")>("runs/record_prints.ts");
  return recordPrints(folder);
}

async function makeReport(endpoint: string, settings: Settings): Promise<CallReport | undefined> {
  if (!settings.profiling && !settings.tracing) return undefined;
  const { CallReport } = await importLater<typeof import("../runs/call_report.ts")>("runs/call_report.ts");
  return new CallReport(endpoint, settings);
}
