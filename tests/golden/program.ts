/**
 * The real program as a process.
 * @module
 */
import { programCommand } from "../program.ts";
import type { ModuleName } from "./cases.ts";

/** The twin of a recorded module. */
export function twin(module: ModuleName): string {
  return new URL(`modules/${module}/tesseract_api.ts`, import.meta.url).pathname;
}

/** The program, not yet started. */
export function program(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> | undefined; stdin?: "piped" | "null" },
): Deno.Command {
  const { cwd, env = {}, stdin = "null" } = options;
  return programCommand(args, { cwd, env, stdin, stdout: "piped", stderr: "piped" });
}

/** A server that answers. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Stops it, and returns what it wrote to stderr. */
  stop(): Promise<string>;
}

/** Starts `serve` on a free port for the twin of a module, or for a user module, and waits until it answers. */
export async function serve(
  module: ModuleName | URL,
  folders: { cwd: string; inputs: string; outputs: string },
  env?: Readonly<Record<string, string>>,
): Promise<Server> {
  const port = freePort();
  const apiPath = module instanceof URL ? module.pathname : twin(module);
  const args = ["--api-path", apiPath, "--input-path", folders.inputs, "--output-path", folders.outputs];
  const child = program([...args, "serve", "--port", String(port)], { cwd: folders.cwd, env }).spawn();
  const stdout = child.stdout.cancel();
  const stderr = new Response(child.stderr).text();
  let exited = false;
  const status = child.status.then((status) => (exited = true, status));
  const stop = async () => {
    if (!exited) child.kill("SIGTERM");
    await Promise.all([stdout, status]);
    return await stderr;
  };
  const deadline = Date.now() + 120_000;
  while (!await answers(port)) {
    if (exited || Date.now() > deadline) throw new Error(`the server did not start: ${await stop()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, stop, [Symbol.asyncDispose]: async () => void await stop() };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Calls `work` for every item, so many at a time. */
export async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>) {
  const queue = items.values();
  await Promise.all(Array.from({ length: limit }, async () => {
    for (const item of queue) await work(item);
  }));
}
