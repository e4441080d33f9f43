/**
 * The program as end-to-end tests run it: from its source, or the executable that `TESSERACT_TEST_PROGRAM` names, which
 * gets no environment but what a test gives it.
 * @module
 */
import { until } from "./until.ts";

const executable = Deno.env.get("TESSERACT_TEST_PROGRAM");
const main = new URL("../cli.ts", import.meta.url).pathname;

/** What `deno run` needs of the caller's environment; nothing that could configure the program. */
const ENVIRONMENT = Object.fromEntries(
  ["PATH", "HOME", "DENO_DIR", "TMPDIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }),
);

/** The command of the program, not yet started. `wrapper`: a command that starts the one that it is given. */
export function programCommand(
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
  wrapper: readonly string[] = [],
): Deno.Command {
  const program = executable ? [executable] : [Deno.execPath(), "run", "-A", "--quiet", "--no-check", main];
  const [command, ...rest] = [...wrapper, ...program, ...args];
  const env = executable ? options.env : { ...ENVIRONMENT, ...options.env };
  return new Deno.Command(command!, { ...options, args: rest, clearEnv: true, ...env === undefined ? {} : { env } });
}

/** By number, the signals that `deliver` sends. */
const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Sends a signal, and waits until the process has taken it: a second one that comes before that is lost. (Where there
 * is no /proc, it does not wait.)
 */
export async function deliver(child: Deno.ChildProcess, signal: keyof typeof NUMBERS): Promise<void> {
  child.kill(signal);
  await until(`${signal} is delivered`, async () => {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*(\w+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
    return pending.every((mask) => (mask >> BigInt(NUMBERS[signal] - 1) & 1n) === 0n);
  });
}

/** Sends a signal to a child, unless it has ended. Returns whether it was sent. */
export function signalIfRunning(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}

/** The same, and waits for its end. */
export async function endChild(child: Deno.ChildProcess, signal: Deno.Signal = "SIGKILL"): Promise<Deno.CommandStatus> {
  signalIfRunning(child, signal);
  return await child.status;
}

/** Removes a folder into which programs that were killed, or their workers, may write for another moment. */
export async function removeFolder(path: string): Promise<void> {
  let reason: unknown;
  const isRemoved = async () => {
    try {
      await Deno.remove(path, { recursive: true });
      return true;
    } catch (error) {
      reason = error;
      return error instanceof Deno.errors.NotFound;
    }
  };
  await until(`${path} is removed`, isRemoved).catch((error) => Promise.reject(new Error(`${error}: ${reason}`)));
}
