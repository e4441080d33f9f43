/**
 * The two programs that are compared, and how they are timed: always in turn, on the same machine, in the same run.
 * @module
 */
const here = new URL(".", import.meta.url).pathname;
const root = new URL("..", import.meta.url).pathname;

/** A way to start a runtime with the vectoradd component. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Our program, from its sources. */
export const ours: Program = {
  name: "tesseract-runtime (Deno)",
  command: [Deno.execPath(), "run", "-A", `${root}cli.ts`],
  env: { TESSERACT_API_PATH: `${root}examples/vectoradd/tesseract_api.ts` },
};

/** The Python runtime 1.15.0, in an environment that is made on first use. */
export async function pythonRuntime(): Promise<Program> {
  const made = await new Deno.Command("bash", { args: [`${root}tests/python/environment.sh`], stderr: "inherit" })
    .output();
  if (!made.success) throw new Error("the Python environment could not be made");
  const folder = new TextDecoder().decode(made.stdout).trim();
  return {
    name: "tesseract-core[runtime] 1.15.0 (Python)",
    command: [`${folder}/bin/tesseract-runtime`],
    env: { TESSERACT_API_PATH: `${here}vectoradd/tesseract_api.py` },
  };
}

/** The same program with the component of bench/vectors, which adds vectors. */
export function withVectors(program: Program): Program {
  const file = program === ours ? "tesseract_api.ts" : "tesseract_api.py";
  return { ...program, env: { TESSERACT_API_PATH: `${here}vectors/${file}` } };
}

/** Starts a program; `args` follow its command. */
export function start(program: Program, args: readonly string[], cwd?: string): Deno.ChildProcess {
  const [executable, ...rest] = [...program.command, ...args];
  return new Deno.Command(executable!, {
    args: rest,
    env: program.env,
    stdout: "null",
    stderr: "null",
    ...cwd ? { cwd } : {},
  }).spawn();
}

/** Runs a program to its end, and says how many milliseconds it took. */
export async function timed(program: Program, args: readonly string[], cwd?: string): Promise<number> {
  const begin = performance.now();
  const { success } = await start(program, args, cwd).status;
  if (!success) throw new Error(`${program.name} ${args.join(" ")} failed`);
  return performance.now() - begin;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** A server on a free port of this machine, started and answering; `milliseconds` until its first 200. */
export async function serve(program: Program, cwd: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const begin = performance.now();
  const process = start(program, ["serve", "--port", String(port), "--host", "127.0.0.1"], cwd);
  while (true) {
    if (performance.now() - begin > 60_000) throw new Error(`${program.name} did not start`);
    try {
      const response = await fetch(`http://127.0.0.1:${port}/health`);
      await response.body?.cancel();
      if (response.ok) break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  const milliseconds = performance.now() - begin;
  const stop = async () => {
    process.kill("SIGTERM");
    await process.status;
  };
  return { port, pid: process.pid, milliseconds, stop };
}
