import { UsageError } from "../errors.ts";

export const SHELLS = ["bash", "zsh", "fish", "pwsh"] as const;

export type Shell = typeof SHELLS[number];

export function parseShell(name: string): Shell {
  if (isShell(name)) return name;
  throw new SyntaxError(`expected one of ${SHELLS.join(", ")}`);
}

/**
 * The shell that the program was started from: the nearest of the processes above it that is a shell, else the login
 * shell. `ancestors` are the names of those processes, the nearest first.
 */
export function currentShell(loginShell: string | undefined, ancestors: Iterable<string> = ancestorNames()): Shell {
  for (const name of ancestors) {
    if (isShell(name)) return name;
  }
  const name = loginShell?.split("/").at(-1) ?? "";
  if (isShell(name)) return name;
  throw new UsageError(`the current shell is not known; name one of ${SHELLS.join(", ")}`);
}

function isShell(name: string): name is Shell {
  return (SHELLS as readonly string[]).includes(name);
}

/** The names of the parent processes, nearest first. Empty where there is no /proc, which is Linux's. */
function* ancestorNames(): Generator<string> {
  for (let pid = Deno.ppid; pid > 1;) {
    let stat;
    try {
      stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    } catch {
      return;
    }
    // `42 (name) S 41 …`; a login shell may be called `-bash`.
    const [, name, parent] = /\((.*)\) \S+ (\d+) /s.exec(stat)!;
    yield name!.replace(/^-/, "");
    pid = Number(parent);
  }
}
