/**
 * The commands of the READMEs do what the READMEs say: every ```console block is run as it stands, by bash, and prints
 * what stands there. Needs bash and curl, and installs versitygw.
 */
import assert from "node:assert/strict";
import { endChild } from "../program.ts";
import { commandsOf } from "./readme.ts";
import { installedS3 } from "./versitygw.ts";

const root = new URL("../..", import.meta.url).pathname;

/** The port of a command that serves, and goes on to. */
const portOf = (command: string): string | undefined =>
  /\bserve\b.*--port (\d+)|^versitygw .*--port \S+:(\d+)/.exec(command)?.slice(1).find(Boolean);

/** The variables that a README exports before its commands. */
const exportsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));

async function answers(url: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.status < 500) return;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${url}`);
}

for (
  const path of ["README.md", "vectoradd", "univariate", "greeting", "files", "heat", "misfit", "pendulum", "poisson"]
) {
  const file = path.endsWith(".md") ? path : `examples/${path}/README.md`;
  Deno.test(`${file}: every command prints what it says`, async () => {
    const text = await Deno.readTextFile(root + file);
    const bin = await Deno.makeTempDir();
    await Deno.symlink(Deno.execPath(), `${bin}/deno`);
    const program = `#!/bin/sh\nexec "${bin}/deno" run -A "${root}cli.ts" "$@"\n`;
    await Deno.writeTextFile(`${bin}/tesseract-runtime`, program, { mode: 0o755 });
    if (text.includes("$ versitygw")) await Deno.symlink(await installedS3(), `${bin}/versitygw`);
    // the folders that a README makes where it exports variables
    const folders = [...text.matchAll(/^mkdir -p (\S+)$/gm)].map(([, folder]) => folder!);
    for (const folder of folders) await Deno.mkdir(folder, { recursive: true });
    const env = { ...exportsOf(text), PATH: `${bin}:${Deno.env.get("PATH")}`, NO_COLOR: "1" };
    const commands = commandsOf(text);
    assert.notEqual(commands.length, 0);
    const servers: Deno.ChildProcess[] = [];
    try {
      for (const { command, output } of commands) {
        const port = portOf(command);
        const bash = new Deno.Command("bash", {
          args: ["-c", port ? `exec ${command}` : command],
          cwd: root,
          env,
          stdin: "null",
          stdout: port ? "null" : "piped",
          stderr: port ? "null" : "piped",
          ...port ? {} : { signal: AbortSignal.timeout(300_000) },
        });
        if (port) {
          servers.push(bash.spawn());
          await answers(`http://127.0.0.1:${port}/health`);
          continue;
        }
        const { stdout, stderr } = await bash.output();
        const printed = new TextDecoder().decode(stdout) +
          (output.startsWith("Error:") ? new TextDecoder().decode(stderr) : "");
        assert.equal(printed.trim(), output, command);
      }
    } finally {
      for (const server of servers) await endChild(server, "SIGTERM");
      for (const folder of [bin, ...folders]) await Deno.remove(folder, { recursive: true });
    }
  });
}
