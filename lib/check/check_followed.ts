import { importFault } from "../api/import_module.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { importLater } from "../import_later.ts";
import type { Findings } from "./check_module.ts";

type Copy = typeof import("../autodiff/copy.ts");

/**
 * Can the code of a module with `derivatives: "auto"` be differentiated? Makes the differentiated copy of the code. A
 * construct of the language that automatic differentiation does not support is a fault, reported with its place.
 */
export async function checkFollowed(module: TesseractModule): Promise<Findings> {
  if (module.derivatives !== "auto") return { faults: [], warnings: [] };
  const { loadCopy } = await importLater<Copy>("autodiff/copy.ts");
  try {
    await loadCopy(module);
    return { faults: [], warnings: [] };
  } catch (error) {
    return { faults: [{ ...importFault(error, module.file), export: "derivatives" }], warnings: [] };
  }
}
