/**
 * A call on the command line: with the log of its run, if an output path was given.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { type Answer, answer, type Call } from "../endpoints/pipeline.ts";
import { importLater } from "../import_later.ts";
import type { CallReport } from "../runs/call_report.ts";
import { RunContext, type RunPlaces } from "../runs/run_context.ts";
import { scratchPath } from "../runs/run_folder.ts";
import { abortable, endable } from "./interrupt.ts";
import type { Settings } from "./options/settings.ts";

/**
 * Answers a call. `cwd`: where its files go if no output path was given, or to nowhere ("scratch"); nothing else is
 * kept of the run then.
 */
export async function runCall(
  module: TesseractModule,
  call: Omit<Call, "context" | "report">,
  inputPath: string,
  settings: Settings,
  cwd: string | "scratch",
): Promise<Answer> {
  const scratch = settings.outputPath === undefined && cwd === "scratch";
  const places: RunPlaces = {
    inputPath,
    outputBase: scratch ? scratchPath() : settings.outputPath ?? cwd,
    keep: settings.outputPath !== undefined,
    scratch,
  };
  return await abortable(async (signal) => {
    const context = new RunContext(crypto.randomUUID(), places, "", signal);
    const report = await makeReport(call.endpoint.name, settings);
    const stopRecording = settings.outputPath === undefined ? undefined : await record(context);
    try {
      return await answer(endable(module), { ...call, context, report });
    } finally {
      report?.print();
      stopRecording?.();
      await context.end().catch(warn);
    }
  });
}

/** Records that cannot be kept fail no call. */
export function warn(error: unknown): void {
  console.error(`Warning: the records of the run cannot be written: ${error instanceof Error ? error.message : error}`);
}

async function record({ folder }: RunContext): Promise<() => void> {
  // The run before had the same folder.
  for (const name of ["tesseract.log", "metrics.csv", "parameters.json"]) folder.remove(`logs/${name}`);
  const { recordPrints } = await importLater<typeof import("../runs/record_prints.ts")>("runs/record_prints.ts");
  return recordPrints(folder);
}

async function makeReport(endpoint: string, settings: Settings): Promise<CallReport | undefined> {
  if (!settings.profiling && !settings.tracing) return undefined;
  const { CallReport } = await importLater<typeof import("../runs/call_report.ts")>("runs/call_report.ts");
  return new CallReport(endpoint, settings);
}
