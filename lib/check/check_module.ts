import { importFault } from "../api/import_module.ts";
import { findMissing } from "../api/required_files.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { importLater } from "../import_later.ts";
import { checkAtExample } from "./check_example.ts";
import { type Inspection, inspectModule } from "./inspect.ts";

/** What a further check of a complete and consistent module finds. */
export type Findings = Pick<Inspection, "faults" | "warnings">;

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
  const followed = await checkFollowed(module);
  // Code that cannot be followed fails at the example, too.
  const found = followed.faults.length > 0 ? followed : await checkAtExample(module, exampleFolder);
  return { module, faults: [...faults, ...found.faults], warnings: [...warnings, ...found.warnings] };
}

/**
 * Can the code of a module with `derivatives: "auto"` be differentiated? Makes the differentiated copy of the code. A
 * construct of the language that automatic differentiation does not support is a fault, reported with its place.
 */
async function checkFollowed(module: TesseractModule): Promise<Findings> {
  const found = { faults: [], warnings: [] };
  if (module.derivatives !== "auto") return found;
  const { loadCopy } = await importLater<typeof import("../autodiff/copy.ts")>("autodiff/copy.ts");
  try {
    await loadCopy(module);
    return found;
  } catch (error) {
    return { ...found, faults: [{ ...importFault(error, module.file), export: "derivatives" }] };
  }
}
