/**
 * The scripts that teach a shell to complete the program's words. They call the program back: `tesseract-runtime
 * complete -- WORDS`.
 *
 * Those for zsh, fish and PowerShell come from the package tab, followed by a file of ours that completes what follows
 * an `@`. The one for bash is all ours: tab's needs the package bash-completion, runs the `$(…)` of a line that is
 * still being typed, supports neither `--option=value` nor files, and fails when it is sourced twice.
 * @module
 */
import { script } from "@bomb.sh/tab";
import { PROGRAM } from "../command.ts";
import type { Shell } from "./shells.ts";

export async function scriptFor(shell: Shell): Promise<string> {
  const ours = await Deno.readTextFile(new URL(`tesseract-runtime.${EXTENSIONS[shell]}`, import.meta.url));
  return shell === "bash" ? ours : `${tabScript(shell)}\n${ours}`;
}

const EXTENSIONS: Readonly<Record<Shell, string>> = { bash: "bash", zsh: "zsh", fish: "fish", pwsh: "ps1" };

/** The package tab only prints its scripts, so `console.log` is replaced meanwhile. */
function tabScript(shell: Exclude<Shell, "bash">): string {
  const { log } = console;
  let text = "";
  console.log = (printed: string) => text += printed;
  try {
    script(shell === "pwsh" ? "powershell" : shell, PROGRAM, PROGRAM);
  } finally {
    console.log = log;
  }
  return text;
}
