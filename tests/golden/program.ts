/**
 * The real program as a process.
 * @module
 */
import { endChild, programCommand } from "../program.ts";
import { until } from "../until.ts";
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

/** Starts `serve` for the twin of a module, or for a user module, and waits until it answers. */
export async function serve(
  module: ModuleName | URL,
  folders: { cwd: string; inputs: string; outputs: string },
  env?: Readonly<Record<string, string>>,
): Promise<Server> {
  const apiPath = module instanceof URL ? module.pathname : twin(module);
  const args = ["--api-path", apiPath, "--input-path", folders.inputs, "--output-path", folders.outputs];
  const child = program([...args, "serve", "--port", "0"], { cwd: folders.cwd, env }).spawn();
  let stderr = "";
  const reading = (async () => {
    const text = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
    for await (const chunk of text) stderr += chunk;
  })();
  const stdout = child.stdout.cancel();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  const stop = async () => {
    await endChild(child, "SIGTERM");
    await Promise.all([stdout, reading]);
    return stderr;
  };
  const url = () => /Listening on (http:[^\s"]+)[\s"]/.exec(stderr)?.[1];
  try {
    await until("the server answers", async () => hasEnded || url() !== undefined && await answers(url()!), 120);
    if (hasEnded) throw new Error("it has ended");
  } catch (error) {
    throw new Error(`the server did not start: ${await stop()}`, { cause: error });
  }
  return { port: Number(new URL(url()!).port), stop, [Symbol.asyncDispose]: async () => void await stop() };
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health`);
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
