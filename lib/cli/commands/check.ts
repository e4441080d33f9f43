import { folderOf } from "../../storage/location.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed } from "../errors.ts";
import { findModule } from "../options/api_path.ts";

/**
 * `check`: succeeds if the user module is complete and consistent, else fails with everything that is wrong with it.
 */
export async function run(context: CommandContext): Promise<void> {
  const { io, settings, cwd } = context;
  const file = await findModule(context);
  await io.hostUserCode();
  const { describeModuleFault } = await import("../../api/module_fault.ts");
  const { checkModule } = await import("../../check/check_module.ts");
  const { inputPath } = settings;
  // The example is payload.json beside the module: references in it start from there, as in `apply @payload.json`.
  const { faults, warnings, missing } = await checkModule(file, inputPath ?? cwd, inputPath ?? folderOf(file));
  for (const warning of warnings) io.writeError(`Warning: ${describeModuleFault(warning)}\n`);
  if (faults.length > 0) throw new CommandFailed(...faults.map(describeModuleFault));
  if (missing) throw new CommandFailed(missing.message);
  io.print("✅ Tesseract API check successful ✅\n");
}
