/** Long runs of the client with the real program: what happens to them, and to the server and the client meanwhile. */
import assert from "node:assert/strict";
import { connect, type Run } from "../../client.ts";
import { withFolder } from "../cli/run.ts";
import { freePort } from "../free_port.ts";
import { program } from "../golden/program.ts";
import { endChild } from "../program.ts";
import { until } from "../until.ts";
import type long from "./long_module.ts";

const MODULE = new URL("long_module.ts", import.meta.url).pathname;
/** So many milliseconds a run may take at most, with all that a busy machine adds. */
const LONG = { timeout: 180_000 };

type Outputs = { readonly y: number };

/** A server with one worker, which keeps its runs in the folder. One that is started again has the same port. */
async function serve(folder: string, port = freePort()) {
  const args = ["--api-path", MODULE, "--output-path", folder, "serve", "--port", String(port), "--num-workers", "1"];
  const child = program([...args, "--grace-period", "0"], { cwd: folder }).spawn();
  const printed = Promise.all([child.stdout.cancel(), new Response(child.stderr).text()]);
  let isOver = false;
  void child.status.then(() => isOver = true);
  const stop = async () => {
    await endChild(child, "SIGTERM");
    await printed;
  };
  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(`${url}/health`).then((answer) => answer.text().then(() => answer.ok), () => false);
  await until("the server answers", async () => isOver || await answers(), 120);
  if (isOver) throw new Error(`the server did not start: ${(await printed)[1]}`);
  return { url, port, stop, [Symbol.asyncDispose]: stop };
}

const open = (gate: string) => Deno.writeTextFile(gate, "");

const isRunning = async (run: Run<Outputs>) =>
  await until("it runs", async () => (await run.status()).progress !== null, 60);

Deno.test("a long run has a status, progress and a log, and gives its outputs to whoever knows its name", async () => {
  await withFolder({}, async (folder) => {
    await using server = await serve(folder);
    const gate = `${folder}/gate`;
    const tesseract = connect<typeof long>(server.url);
    const run = await tesseract.submit({ x: 3, gate }, { runId: "plate-7" });
    assert.equal(run.id, "plate-7");
    await isRunning(run);
    const { status, endpoint, progress, finished } = await run.status();
    assert.deepEqual({ status, endpoint, progress, finished }, {
      status: "running",
      endpoint: "apply",
      progress: { fraction: 0.25, message: "waiting for the gate" },
      finished: null,
    });
    // The same again is the same run, another of its name is refused.
    assert.equal((await tesseract.submit({ x: 3, gate }, { runId: "plate-7" })).id, "plate-7");
    await assert.rejects(tesseract.submit({ x: 4, gate }, { runId: "plate-7" }), {
      name: "TesseractError",
      status: 409,
    });

    const events = Array.fromAsync(run.events(LONG));
    await open(gate);
    assert.deepEqual(await run.result(LONG), { y: 6 });
    const told = (await events).map((event) =>
      event.type === "log" ? event.data.line : event.type === "progress" ? event.data.fraction : event.type
    );
    for (const each of ["status", "begun with 3", "done", 0.25, 0.75]) assert(told.includes(each), `${each}: ${told}`);

    const again = connect<typeof long>(server.url).run("plate-7");
    assert.deepEqual(await again.result(LONG), { y: 6 });
    // How often its status is told depends on when one began to listen.
    const idsOf = (all: readonly { type: string; id: string }[]) =>
      all.filter(({ type }) => type !== "status").map(({ id }) => id);
    assert.deepEqual(idsOf(await Array.fromAsync(again.events(LONG))), idsOf(await events));
    await again.cancel();
    await assert.rejects(run.status(), { name: "TesseractError", status: 404 });
  });
});

Deno.test("a long run that fails rejects as the call would have, one that is cancelled with 410", async () => {
  await withFolder({}, async (folder) => {
    await using server = await serve(folder);
    const tesseract = connect<typeof long>(server.url);
    const failed = await tesseract.submit({ x: -1, gate: "" });
    await assert.rejects(failed.result(LONG), { name: "TesseractError", status: 500 });
    const refused = await tesseract.submit({ x: "a" as never, gate: "" });
    await assert.rejects(refused.result(LONG), { name: "TesseractError", status: 422 });

    const cancelled = await tesseract.submit({ x: 1, gate: `${folder}/never` });
    await isRunning(cancelled);
    const result = assert.rejects(cancelled.result(LONG), { name: "TesseractError", status: 410 });
    await cancelled.cancel();
    await result;
    // Its worker is free again.
    assert.deepEqual(await (await tesseract.submit({ x: 1, gate: "" })).result(LONG), { y: 2 });
  });
});

Deno.test("a server is started again: what was queued is computed, what ran has failed, and who waits is told", async () => {
  await withFolder({}, async (folder) => {
    let server = await serve(folder);
    try {
      const tesseract = connect<typeof long>(server.url);
      const running = await tesseract.submit({ x: 1, gate: `${folder}/never` });
      await isRunning(running);
      const queued = await tesseract.submit({ x: 2, gate: "" });
      assert.equal((await queued.status()).status, "queued");
      const lost = assert.rejects(running.result(LONG), { name: "TesseractError", status: 500, message: /stopped/ });
      const result = queued.result(LONG);
      const lines = Array.fromAsync(queued.events(LONG));
      await server.stop();
      server = await serve(folder, server.port);
      await lost;
      assert.deepEqual(await result, { y: 4 });
      assert.equal((await lines).filter((event) => event.type === "log" && event.data.line === "done").length, 1);
    } finally {
      await server.stop();
    }
  });
});

Deno.test("events go on where the connection was cut", async () => {
  await withFolder({}, async (folder) => {
    await using server = await serve(folder);
    await using proxy = cuttingProxy(server.port);
    const gate = `${folder}/gate`;
    const run = await connect<typeof long>(`http://127.0.0.1:${proxy.port}`).submit({ x: 3, gate });
    const lines: string[] = [];
    for await (const event of run.events(LONG)) {
      if (event.type !== "log") continue;
      lines.push(event.data.line);
      if (lines.length > 1) continue;
      proxy.cut();
      await open(gate);
    }
    assert.deepEqual(lines, ["begun with 3", "done"]);
    assert(proxy.connections > 1);
  });
});

/** Passes bytes on to a port, until all its connections are cut. */
function cuttingProxy(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const pass = (from: Deno.Conn, to: Deno.Conn) => from.readable.pipeTo(to.writable).catch(() => {});
  const proxy = {
    port: listener.addr.port,
    connections: 0,
    cut() {
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It was closed by the other side.
        }
      }
      open.clear();
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      proxy.cut();
      await passing;
    },
  };
  const passing = (async () => {
    const all: Promise<void>[] = [];
    for await (const client of listener) {
      proxy.connections++;
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(client).add(server);
      all.push(pass(client, server), pass(server, client));
    }
    await Promise.all(all);
  })();
  return proxy;
}

Deno.test("a run outlives the program that began it", async () => {
  await withFolder({}, async (folder) => {
    await using server = await serve(folder);
    const gate = `${folder}/gate`;
    const code = `import { connect } from ${JSON.stringify(new URL("../../client.ts", import.meta.url).href)};
      await connect(Deno.args[0]).submit({ x: 5, gate: Deno.args[1] }, { runId: "mine" });
      Deno.exit(7);`;
    await Deno.writeTextFile(`${folder}/begin.ts`, code);
    const args = ["run", "-A", "--quiet", "--no-check", `${folder}/begin.ts`, server.url, gate];
    const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
    assert.equal(exit, 7, new TextDecoder().decode(stderr));
    const run = connect<typeof long>(server.url).run("mine");
    await isRunning(run);
    await open(gate);
    assert.deepEqual(await run.result(LONG), { y: 10 });
  });
});
