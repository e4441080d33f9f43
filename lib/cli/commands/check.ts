import { findModule } from "../options/api_path.ts";
import { CommandFailed } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { readSettings } from "../options/settings.ts";

/** `check`: reports on stdout that the user module is good, or fails with all that is wrong with it. */
export async function check(this: Invocation): Promise<void> {
  const settings = readSettings(this, "check");
  const file = await findModule(this, settings);
  await this.io.hostUserCode();
  const { describeModuleFault, inspectModule } = await import("../../api/load.ts");
  const inputPath = settings.inputPath ?? this.cwd;
  const { module, faults, warnings } = await inspectModule(file, inputPath);
  for (const warning of warnings) this.io.writeError(`Warning: ${describeModuleFault(warning)}\n`);
  if (faults.length > 0) throw new CommandFailed(...faults.map(describeModuleFault));
  const { findMissing } = await import("../../api/required_files.ts");
  const missing = findMissing(module?.requiredFiles, inputPath);
  if (missing) throw new CommandFailed(missing.message);
  this.process.stdout.write("✅ Tesseract API check successful ✅\n");
}
