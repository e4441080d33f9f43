/**
 * Two servers behind HAProxy with its default settings are restarted in turn, under load: no call is lost.
 * Needs `haproxy` on the PATH.
 */
import assert from "node:assert/strict";
import { Program } from "../http/program.ts";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function startHaproxy(front: number, servers: readonly number[], folder: string) {
  const config = `global
  log stdout format raw local0 emerg
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:${front}
  default_backend out
backend out
${servers.map((port, i) => `  server s${i} 127.0.0.1:${port} check`).join("\n")}
`;
  const file = `${folder}/haproxy.cfg`;
  await Deno.writeTextFile(file, config);
  const child = new Deno.Command("haproxy", { args: ["-db", "-f", file], stdout: "null", stderr: "null" }).spawn();
  for (const end = Date.now() + 10_000;; await wait(20)) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: front })).close();
      return child;
    } catch (error) {
      if (Date.now() > end) throw new Error("haproxy does not listen", { cause: error });
    }
  }
}

Deno.test("two servers behind HAProxy are restarted in turn, and no call is lost", async () => {
  const folder = await Deno.makeTempDir();
  const ports = [freePort(), freePort()];
  const front = freePort();
  const start = async (port: number) => {
    const server = new Program({ port });
    await server.url();
    return server;
  };
  const servers = await Promise.all(ports.map(start));
  const haproxy = await startHaproxy(front, ports, folder);
  const outcomes = new Map<string, number>();
  let running = true;
  const body = JSON.stringify({ inputs: { x: [1, 2], mode: "sleep", ms: 5 } });
  const client = async () => {
    while (running) {
      let outcome;
      try {
        const response = await fetch(`http://127.0.0.1:${front}/apply`, { method: "POST", body });
        await response.text();
        outcome = String(response.status);
      } catch (error) {
        outcome = String(error);
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  try {
    const clients = Array.from({ length: 16 }, client);
    await wait(500);
    for (const at of [0, 1, 0, 1]) {
      servers[at]!.kill("SIGTERM");
      assert.equal(await servers[at]!.code(), 0);
      servers[at] = await start(ports[at]!);
      await wait(3000); // By default HAProxy's health check takes 2 s to find it again.
    }
    running = false;
    await Promise.all(clients);
  } finally {
    running = false;
    haproxy.kill("SIGKILL");
    await haproxy.status;
    for (const server of servers) await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual([...outcomes.keys()], ["200"]);
  assert(outcomes.get("200")! > 100);
});
