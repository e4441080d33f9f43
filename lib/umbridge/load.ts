import type { TesseractModule } from "../api/tesseract.ts";
import { DTYPES } from "../arrays/dtypes.ts";
import type { ArrayType } from "../arrays/ndarray.ts";
import { apply } from "../endpoints/apply.ts";
import { InvalidCall, type Operation } from "../endpoints/endpoint.ts";
import { readPayload } from "../endpoints/pipeline.ts";
import type { FormatName } from "../formats/registry.ts";
import { RunContext, type RunPlaces } from "../runs/run_context.ts";
import type { Fault } from "../schema/faults.ts";
import { describeFault, dotted } from "../schema/messages.ts";
import { differentiablePatterns } from "../schema/paths.ts";
import { createOperations } from "./operations.ts";
import { Point } from "./points.ts";
import { UnfitPayload } from "./unfit_payload.ts";

/**
 * The operations of UM-Bridge on a module, for a worker that starts. Throws `UnfitPayload` where there is nothing for
 * its clients to vary.
 */
export async function loadOperations(
  module: TesseractModule,
  { file, format }: { readonly file: string; readonly format: FormatName },
  places: RunPlaces,
): Promise<Operation[]> {
  checkReal("inputs", differentiablePatterns(module.inputs));
  checkReal("outputs", differentiablePatterns(module.outputs));
  // Only for reading the payload: no user code gets this context, so it keeps no files.
  const context = new RunContext("umbridge", { ...places, keep: false }, "");
  const endpoint = apply;
  const call = { endpoint, body: [await Deno.readFile(file)], bodyFormat: format, context };
  const read = await readPayload(call, apply.payload(module));
  if (read.status === "invalid") throw unfit(read.faults);
  if (read.status === "failed") throw read.error;
  const { inputs } = (read.result ?? {}) as { inputs?: unknown };
  try {
    const { places } = new Point(module, inputs, context);
    if (places.length === 0) throw new UnfitPayload("--umbridge: the payload has no differentiable array");
  } catch (error) {
    throw error instanceof InvalidCall ? unfit(error.faults) : error;
  }
  return createOperations(module, inputs);
}

/** UM-Bridge has real numbers only. */
function checkReal(side: "inputs" | "outputs", patterns: ReadonlyMap<string, ArrayType>): void {
  if (patterns.size === 0) {
    throw new UnfitPayload(
      `--umbridge: the ${side} have no differentiable array; mark those that are its vectors by differentiable(…)`,
    );
  }
  for (const [pattern, { dtype }] of patterns) {
    if (dtype === null || DTYPES[dtype].kind === "float") continue;
    throw new UnfitPayload(`--umbridge: ${side}.${pattern} is ${dtype}; UM-Bridge's vectors are of floats`);
  }
}

function unfit(faults: readonly Fault[]): UnfitPayload {
  return new UnfitPayload(
    faults.map((fault) => `--umbridge: ${dotted(fault.loc) || "payload"}: ${describeFault(fault)}`).join("\n"),
  );
}
