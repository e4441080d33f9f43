import type { Surroundings } from "../io/io.ts";
import type { CompletionValues } from "../options/global.ts";
import { install } from "./install.ts";
import { filesFor } from "./installed_files.ts";
import { scriptFor } from "./scripts.ts";
import { currentShell, type Shell } from "./shells.ts";

/**
 * Carries out `--install-completion`, `--show-completion` and `--uninstall-completion`, whichever is given. Prints the
 * changed files on stdout, one per line.
 */
export async function manage(options: CompletionValues, { io, env }: Surroundings): Promise<void> {
  const { installCompletion, showCompletion, uninstallCompletion } = options;
  const shellOf = (named: Shell | ""): Shell => named || currentShell(env("SHELL"));
  const report = (changed: readonly string[], done: string, before: string) => {
    io.print(changed.map((path) => `${path}\n`).join(""));
    io.writeError(`${changed.length > 0 ? done : before}\n`);
  };
  if (uninstallCompletion !== undefined) {
    const shell = shellOf(uninstallCompletion);
    const changed = await install(filesFor(shell, env), "");
    report(changed, `Completion for ${shell} is removed.`, `Completion for ${shell} was not installed.`);
  }
  if (installCompletion !== undefined) {
    const shell = shellOf(installCompletion);
    const changed = await install(filesFor(shell, env), await scriptFor(shell));
    const done = `Completion for ${shell} is installed. It works in every new ${shell}.`;
    report(changed, done, `Completion for ${shell} was installed already.`);
  }
  if (showCompletion !== undefined) io.print(await scriptFor(shellOf(showCompletion)));
}
