import type { CommandContext } from "../command.ts";
import { CommandFailed } from "../errors.ts";
import { findModule } from "../options/api_path.ts";

/** `check`: prints that the user module is good, or fails with everything that is wrong with it. */
export async function check(context: CommandContext): Promise<void> {
  const { io, settings, cwd } = context;
  const file = await findModule(context);
  await io.hostUserCode();
  const { describeModuleFault, inspectModule } = await import("../../api/load.ts");
  const inputPath = settings.inputPath ?? cwd;
  const { module, faults, warnings } = await inspectModule(file, inputPath);
  for (const warning of warnings) io.writeError(`Warning: ${describeModuleFault(warning)}\n`);
  if (faults.length > 0) throw new CommandFailed(...faults.map(describeModuleFault));
  const { findMissing } = await import("../../api/required_files.ts");
  const missing = findMissing(module?.requiredFiles, inputPath);
  if (missing) throw new CommandFailed(missing.message);
  io.print("✅ Tesseract API check successful ✅\n");
}
