/**
 * Loading the user module for a command.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { findModule } from "./options/api_path.ts";
import { CommandFailed } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import type { Settings } from "./options/settings.ts";

/**
 * The user module, whose required files are in `inputPath`. Throws `CommandFailed` where it is missing or broken. From
 * here on stdout is the result's alone.
 */
export async function openModule(
  invocation: Invocation,
  settings: Settings,
  inputPath: string = settings.inputPath ?? invocation.cwd,
): Promise<TesseractModule> {
  const file = await findModule(invocation, settings);
  await invocation.io.hostUserCode();
  const { BrokenModule, describeModuleFault, loadModule } = await import("../api/load.ts");
  try {
    return await loadModule(file, inputPath);
  } catch (error) {
    if (!(error instanceof BrokenModule)) throw error;
    throw new CommandFailed(...error.faults.map(describeModuleFault));
  }
}
