import { findModule } from "../api_path.ts";
import { CommandFailed } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { readSettings } from "../settings.ts";

/** `check`: reports on stdout that the user module is good, or fails with all that is wrong with it. */
export async function check(this: Invocation): Promise<void> {
  const file = await findModule(this, readSettings(this, "check"));
  await this.io.hostUserCode();
  const { describeModuleFault, inspectModule } = await import("../../api/load.ts");
  const { faults, warnings } = await inspectModule(file);
  for (const warning of warnings) this.io.writeError(`Warning: ${describeModuleFault(warning)}\n`);
  if (faults.length > 0) throw new CommandFailed(...faults.map(describeModuleFault));
  this.process.stdout.write("✅ Tesseract API check successful ✅\n");
}
