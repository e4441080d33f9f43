import { fromEnvironment } from "../options/environment.ts";
import { CommandFailed, wordsOf } from "../errors.ts";
import { type HealthFlags, URL_FLAGS, type UrlFlags } from "../options/command_options.ts";
import type { Invocation } from "../invocation.ts";
import { writeValue } from "../io/output.ts";
import { given, readSettings } from "../options/settings.ts";
import { openModule } from "../user_module.ts";

/** How long a server may take to say that it is well. */
const TIMEOUT_MS = 10_000;

/** `health`: the user module can be loaded, or, with `--url`, a server answers. */
export async function health(this: Invocation, { url: urlFlag, ...flags }: HealthFlags): Promise<void> {
  const settings = readSettings(this, "health", flags);
  const { url } = { ...fromEnvironment<UrlFlags>(this, "health", URL_FLAGS, false), ...given({ url: urlFlag }) };
  if (url === undefined) await openModule(this, settings);
  else await askServer(url);
  await writeValue(this, settings, { status: "ok" });
}

async function askServer(url: string): Promise<void> {
  const address = new URL(url);
  if (!/\/health\/?$/.test(address.pathname)) address.pathname = address.pathname.replace(/\/*$/, "/health");
  let body: unknown;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.text();
    if (response.ok && JSON.parse(body as string)?.status === "ok") return;
    throw new Error(`it answered ${response.status}: ${String(body).slice(0, 200)}`);
  } catch (error) {
    throw new CommandFailed(`${address}: expected {"status":"ok"}: ${wordsOf(error)}`);
  }
}
