/**
 * `--install-completion`, `--show-completion` and `--uninstall-completion`.
 * @module
 */
import type { Invocation } from "../invocation.ts";
import type { CompletionFlags } from "../options/options.ts";
import { install, uninstall } from "./install.ts";
import { placeFor } from "./places.ts";
import { scriptFor } from "./scripts.ts";
import { currentShell, type Shell } from "./shells.ts";

/** Does what the options ask for, each that is given. Changed files are on stdout, one a line. */
export async function manage(flags: CompletionFlags, invocation: Invocation): Promise<void> {
  const { installCompletion, showCompletion, uninstallCompletion } = flags;
  const { stdout, stderr } = invocation.process;
  const shellOf = (named: Shell | ""): Shell => named || currentShell(invocation.env("SHELL"));
  const report = (changed: readonly string[], done: string, before: string) => {
    stdout.write(changed.map((path) => `${path}\n`).join(""));
    stderr.write(`${changed.length > 0 ? done : before}\n`);
  };
  if (uninstallCompletion !== undefined) {
    const shell = shellOf(uninstallCompletion);
    const changed = await uninstall(placeFor(shell, invocation));
    report(changed, `Completion for ${shell} is taken out.`, `Completion for ${shell} was not installed.`);
  }
  if (installCompletion !== undefined) {
    const shell = shellOf(installCompletion);
    const changed = await install(placeFor(shell, invocation), await scriptFor(shell));
    const done = `Completion for ${shell} is installed. It works in every new ${shell}.`;
    report(changed, done, `Completion for ${shell} was installed already.`);
  }
  if (showCompletion !== undefined) stdout.write(await scriptFor(shellOf(showCompletion)));
}
