import type { CommandContext } from "../command.ts";
import { CommandFailed, messageOf, quote } from "../errors.ts";
import { checkOutput, writeValue } from "../io/output.ts";
import { openModule } from "../user_module.ts";

/** How long a server may take to answer. */
const TIMEOUT_MS = 10_000;

/** `health`: succeeds if the user module can be loaded, or, with `--url`, if a server answers that it is well. */
export async function run(context: CommandContext<{ readonly url?: string | undefined }>): Promise<void> {
  const { settings, cwd, options: { url } } = context;
  if (settings.outputFile !== undefined) await checkOutput(settings, cwd);
  if (url === undefined) await openModule(context);
  else await askServer(url);
  await writeValue(context, { status: "ok" });
}

async function askServer(url: string): Promise<void> {
  const address = new URL(url);
  if (!/\/health\/?$/.test(address.pathname)) address.pathname = address.pathname.replace(/\/*$/, "/health");
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (!response.ok || !isOk(body)) {
      throw new Error(`it answered ${response.status}: ${quote(body.slice(0, 200))}`);
    }
  } catch (error) {
    throw new CommandFailed(`${address}: expected {"status":"ok"}: ${messageOf(error)}`);
  }
}

function isOk(body: string): boolean {
  try {
    return JSON.parse(body).status === "ok";
  } catch {
    return false;
  }
}
