import { BrokenModule, describeModuleFault } from "../api/module_fault.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import type { CommandContext } from "./command.ts";
import { CommandFailed } from "./errors.ts";
import { findModule } from "./options/api_path.ts";

/**
 * Loads the user module, whose required files are in `inputPath`. Throws `CommandFailed` if it is missing or broken.
 * From now on, prints of user code do not reach stdout.
 */
export async function openModule(
  context: Omit<CommandContext, "command" | "options">,
  inputPath: string = context.settings.inputPath ?? context.cwd,
): Promise<TesseractModule> {
  const { io } = context;
  const file = await findModule(context);
  await io.hostUserCode();
  // Not by `importLater`: the npm package bundles the modules that are imported by it with others, which no call needs.
  const { loadModule } = await import("../check/inspect.ts");
  try {
    return await loadModule(file, inputPath);
  } catch (error) {
    if (!(error instanceof BrokenModule)) throw error;
    throw new CommandFailed(...error.faults.map(describeModuleFault));
  }
}
