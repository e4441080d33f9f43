import { UsageError } from "../errors.ts";
import type { Surroundings } from "../io/io.ts";
import { quoteForShell } from "../quote_for_shell.ts";
import type { Shell } from "./shells.ts";

/** Which files are changed to install a completion. */
export interface InstalledFiles {
  /** The file for the script. */
  readonly script: string;
  /** The file that the shell reads when it starts, and the lines that it needs there. */
  readonly startup?: { readonly file: string; readonly lines: readonly string[] };
}

/**
 * Where a shell looks for completions in the user's own folders. Throws a `UsageError` where there is no home
 * directory.
 */
export function filesFor(shell: Shell, env: Surroundings["env"]): InstalledFiles {
  const home = env("HOME");
  if (!home?.startsWith("/")) throw new UsageError("HOME: expected the path of the home directory; it is not set");
  // The XDG Base Directory Specification says to ignore relative paths.
  const folder = (variable: string, otherwise: string) => {
    const path = env(variable);
    return path?.startsWith("/") ? path.replace(/\/+$/, "") : `${home.replace(/\/+$/, "")}/${otherwise}`;
  };
  return FILES[shell](folder);
}

type Folder = (variable: string, otherwise: string) => string;

const FILES: Readonly<Record<Shell, (folder: Folder) => InstalledFiles>> = {
  /**
   * By itself bash reads ~/.bashrc and nothing else. ~/.bash_completion and the folder of the script are read by the
   * package bash-completion, which not every system has; where it is there, the line in ~/.bashrc does no harm.
   */
  bash: (folder) => {
    const script = `${folder("XDG_DATA_HOME", ".local/share")}/bash-completion/completions/tesseract-runtime`;
    const line = `if [ -f ${quoteForShell(script)} ]; then . ${quoteForShell(script)}; fi`;
    return { script, startup: { file: `${folder("HOME", "")}/.bashrc`, lines: [line] } };
  },
  /** Works before and after the user's own `compinit`, and without one. */
  zsh: (folder) => {
    const functions = `${folder("XDG_DATA_HOME", ".local/share")}/zsh/site-functions`;
    const lines = [
      `fpath=(${quoteForShell(functions)} $fpath)`,
      "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }",
      "autoload -Uz _tesseract_runtime && compdef _tesseract_runtime tesseract-runtime",
    ];
    const file = `${folder("ZDOTDIR", "").replace(/\/+$/, "")}/.zshrc`;
    return { script: `${functions}/_tesseract_runtime`, startup: { file, lines } };
  },
  fish: (folder) => ({ script: `${folder("XDG_CONFIG_HOME", ".config")}/fish/completions/tesseract-runtime.fish` }),
  /** The file that PowerShell names $PROFILE. */
  pwsh: (folder) => {
    const config = `${folder("XDG_CONFIG_HOME", ".config")}/powershell`;
    const script = `${config}/tesseract-runtime.completion.ps1`;
    const line = `if (Test-Path ${quotePwsh(script)}) { . ${quotePwsh(script)} }`;
    return { script, startup: { file: `${config}/Microsoft.PowerShell_profile.ps1`, lines: [line] } };
  },
};

function quotePwsh(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
