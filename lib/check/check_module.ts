import { findMissing } from "../api/required_files.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { checkAtExample } from "./check_example.ts";
import { checkFollowed } from "./check_followed.ts";
import { type Inspection, inspectModule } from "./inspect.ts";

/** What a further check of a complete and consistent module finds. */
export type Findings = Pick<Inspection, "faults" | "warnings">;

/** A further check of a complete and consistent module. */
type Check = (module: TesseractModule, inputPath: string) => Promise<Findings>;

/** In this order. After one that finds a fault, no other is run: it would find the same fault again. */
const CHECKS: readonly Check[] = [checkFollowed, checkAtExample];

/**
 * `check`: imports the user module at `path` (relative to the current directory), and checks all of it. If a file that
 * it requires is missing from the input path, no function of the module is run. `exampleFolder` is where references in
 * its example start from.
 */
export async function checkModule(
  path: string,
  inputPath: string,
  exampleFolder = inputPath,
): Promise<Inspection & { readonly missing?: Error | undefined }> {
  const inspection = await inspectModule(path, inputPath);
  const { module, faults, warnings } = inspection;
  const missing = findMissing(module?.requiredFiles, inputPath);
  if (module === undefined || missing) return { ...inspection, missing };
  const found: Findings[] = [{ faults, warnings }];
  for (const check of CHECKS) {
    const findings = await check(module, exampleFolder);
    found.push(findings);
    if (findings.faults.length > 0) break;
  }
  return {
    module,
    faults: found.flatMap(({ faults }) => faults),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}
