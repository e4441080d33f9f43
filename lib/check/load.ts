import { inspectModule } from "./inspect.ts";
import { BrokenModule } from "../api/module_fault.ts";
import type { TesseractModule } from "../api/tesseract.ts";

export { type Inspection, inspectModule } from "./inspect.ts";
export { BrokenModule, describeModuleFault, type ModuleFault } from "../api/module_fault.ts";

/**
 * Imports the user module at `path` (relative to the current directory), whose required files are in `inputPath`.
 * Throws `BrokenModule` with all its faults.
 */
export async function loadModule(path: string, inputPath?: string): Promise<TesseractModule> {
  const { module, faults } = await inspectModule(path, inputPath);
  if (!module) throw new BrokenModule(faults);
  return module;
}
