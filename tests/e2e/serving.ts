import assert from "node:assert/strict";
import { endChild, programCommand, removeFolder } from "../program.ts";

/** Runs `serve` of a module with these options while `use` works with its address; returns what it wrote to stderr. */
export async function serving(
  module: string,
  args: readonly string[],
  env: Record<string, string>,
  use: (url: string, pid: number) => Promise<void>,
): Promise<string> {
  const folder = await Deno.makeTempDir();
  const child = programCommand(["--api-path", module, "-o", folder, "serve", "--port", "0", ...args], {
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const listening = Promise.withResolvers<string>();
  const read = (async () => {
    for await (
      const chunk of child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    ) {
      stderr += chunk;
      const url = /Listening on (http:\/\/[\d.:]+)/.exec(stderr)?.[1];
      if (url !== undefined) listening.resolve(url);
    }
    listening.reject(new Error(`it ended: ${stderr}`));
  })();
  try {
    await use(await listening.promise, child.pid);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
  } finally {
    await endChild(child);
    await read;
    listening.promise.catch(() => {});
    await removeFolder(folder);
  }
  return stderr;
}
