/** The recipe `program`: whatever ends a call ends its solver too. */
import assert from "node:assert/strict";
import { copy } from "../../tools/files.ts";
import { isRunning } from "../http/program.ts";
import { endChild, programCommand, removeFolder } from "../program.ts";
import { until } from "../until.ts";

const RECIPE = new URL("../../examples/program", import.meta.url).pathname;

/** Writes its process id, and runs for longer than any test waits. */
const SOLVER = '#!/bin/sh\necho $$ > "$SOLVER_PID.new" && mv "$SOLVER_PID.new" "$SOLVER_PID"\nexec sleep 600\n';

/** Prints as the recipe's solver does, and then runs for longer than any test waits. */
const STEPPING = SOLVER.replace("exec", "echo step 5\nexec");

/** Starts the program with this solver, and gives the test the process ids of both. */
async function withSolver(
  args: readonly string[],
  test: (child: Deno.ChildProcess, solver: () => Promise<number>, stderr: () => string) => Promise<void>,
  script = SOLVER,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await copy(RECIPE, `${folder}/component`);
  await Deno.writeTextFile(`${folder}/component/solver.sh`, script, { mode: 0o755 });
  const child = programCommand(["-o", `${folder}/results`, ...args], {
    cwd: `${folder}/component`,
    env: { SOLVER_PID: `${folder}/pid` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const reading = (async () => {
    for await (const chunk of child.stderr) stderr += new TextDecoder().decode(chunk);
  })();
  const solver = async () => {
    let pid = 0;
    await until("the solver runs", async () => {
      pid = Number(await Deno.readTextFile(`${folder}/pid`).catch(() => 0));
      return pid > 0;
    }, 60);
    return pid;
  };
  try {
    await test(child, solver, () => stderr);
  } finally {
    await endChild(child);
    await reading;
    await removeFolder(folder);
  }
}

Deno.test("Ctrl-C on the command line ends the solver", () =>
  withSolver(["apply", "@payload.json"], async (child, solver) => {
    const pid = await solver();
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    await until("the solver has ended", async () => !await isRunning(pid), 60);
  }));

Deno.test("a client that goes away ends the solver, and the server answers on", () =>
  withSolver(["serve", "--port", "0"], async (_child, solver, stderr) => {
    await until("the server listens", () => /Listening on \S+/.test(stderr()), 60);
    const url = /Listening on (\S+)/.exec(stderr())![1]!;
    const controller = new AbortController();
    const body = '{"inputs": {"temperature": [1, 2, 3]}}';
    const answer = fetch(`${url}/apply`, { method: "POST", body, signal: controller.signal });
    const pid = await solver();
    // The server asks for the client of a call once that takes long, and Deno 2.4 says only what happens after that.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    controller.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await until("the solver has ended", async () => !await isRunning(pid), 60);
    assert.deepEqual(await (await fetch(`${url}/health`)).json(), { status: "ok" });
  }));

Deno.test("the progress of a long run is that of the solver, and cancelling the run ends it", () =>
  withSolver(["serve", "--port", "0"], async (_child, solver, stderr) => {
    await until("the server listens", () => /Listening on \S+/.test(stderr()), 60);
    const url = /Listening on (\S+)/.exec(stderr())![1]!;
    const body = '{"inputs": {"temperature": [1, 2, 3], "steps": 20}}';
    const headers = { prefer: "respond-async" };
    const accepted = await fetch(`${url}/apply?run_id=one`, { method: "POST", headers, body });
    assert.equal(accepted.status, 202, await accepted.text());
    const pid = await solver();
    let run: { status?: string; progress?: unknown } = {};
    const now = async () => run = await (await fetch(`${url}/runs/one`)).json();
    await until("there is progress", async () => (await now()).progress, 60);
    assert.deepEqual(run.progress, { fraction: 0.25, message: "step 5" });
    await (await fetch(`${url}/runs/one`, { method: "DELETE" })).body?.cancel();
    await until("the solver has ended", async () => !await isRunning(pid), 60);
    await until("the run is cancelled", async () => (await now()).status === "cancelled", 60);
  }, STEPPING));

Deno.test("a solver that writes no output is an error, also where an earlier run has left one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cwd = `${folder}/component`;
    await copy(RECIPE, cwd);
    const apply = async () => {
      const args = ["-o", `${folder}/results`, "apply", "@payload.json"];
      const { code, stderr } = await programCommand(args, { cwd, stdin: "null" }).output();
      return { code, words: new TextDecoder().decode(stderr) };
    };
    const first = await apply();
    assert.equal(first.code, 0, first.words);
    await Deno.writeTextFile(`${cwd}/solver.sh`, "#!/bin/sh\n", { mode: 0o755 });
    const { code, words } = await apply();
    assert.equal(code, 1);
    assert.match(words, /NotFound: .*output\.txt/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
