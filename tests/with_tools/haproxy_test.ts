/**
 * Two servers behind HAProxy are restarted in turn, under load: no call is lost.
 * Needs `haproxy` on the PATH.
 */
import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { Program } from "../http/program.ts";
import { until } from "../until.ts";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Its default settings, but for the checks. */
const plain = (front: number, servers: readonly number[]) =>
  `defaults
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

/** The settings in deploy/. */
async function deployed(front: number, [one, two]: readonly number[]): Promise<string> {
  const text = await Deno.readTextFile(new URL("../../deploy/haproxy.cfg", import.meta.url));
  return text.replace(":8000", `:${front}`).replace(":8001", `:${one}`).replace(":8002", `:${two}`);
}

/** How many calls a server has answered. */
async function answered(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^tesseract_requests_total{endpoint="apply",code="200"} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function startHaproxy(config: string, front: number, folder: string) {
  const file = `${folder}/haproxy.cfg`;
  await Deno.writeTextFile(file, `global\n  log stdout format raw local0 emerg\n${config}`);
  const child = new Deno.Command("haproxy", { args: ["-db", "-f", file], stdout: "null", stderr: "null" }).spawn();
  for (const end = Date.now() + 60_000;; await wait(20)) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: front })).close();
      return child;
    } catch (error) {
      if (Date.now() > end) throw new Error("haproxy does not listen", { cause: error });
    }
  }
}

/** Restarts two servers in turn, under load; returns how often each outcome of a call came. */
async function restartInTurn(
  configure: (front: number, servers: readonly number[]) => string | Promise<string>,
): Promise<Map<string, number>> {
  const folder = await Deno.makeTempDir();
  const ports = [freePort(), freePort()];
  const front = freePort();
  const start = async (port: number) => {
    const server = new Program({ port });
    await server.url();
    return server;
  };
  const servers = await Promise.all(ports.map(start));
  const haproxy = await startHaproxy(await configure(front, ports), front, folder);
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
      // By default HAProxy's health check takes 2 s to find it again; longer, if it has noticed that it was away.
      await wait(5000);
      const before = await answered(ports[at]!);
      await until("HAProxy sends calls to the new server", async () => await answered(ports[at]!) > before + 10);
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
  return outcomes;
}

for (const [name, configure] of [["its default settings", plain], ["deploy/haproxy.cfg", deployed]] as const) {
  Deno.test(`two servers behind HAProxy with ${name} are restarted in turn, and no call is lost`, async () => {
    const outcomes = await restartInTurn(configure);
    assert.deepEqual([...outcomes.keys()], ["200"]);
    assert(outcomes.get("200")! > 100);
  });
}

Deno.test("deploy/haproxy.cfg gives each server as many calls as the other", async () => {
  const folder = await Deno.makeTempDir();
  await using one = new Program({});
  await using two = new Program({});
  const urls = await Promise.all([one.url(), two.url()]);
  const front = freePort();
  const haproxy = await startHaproxy(
    await deployed(front, urls.map((url) => Number(new URL(url).port))),
    front,
    folder,
  );
  const gauge = async (url: string, name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]);
  };
  const gauges = async (name: string) => await Promise.all(urls.map((url) => gauge(url, name)));
  const stop = new AbortController();
  const body = JSON.stringify({ inputs: { x: [1], mode: "sleep", ms: 300_000 } });
  const calls: Promise<void>[] = [];
  try {
    // One after the other: of those that come at once HAProxy's threads may send two to the same server.
    for (let count = 1; count <= 8; count++) {
      const answer = fetch(`http://127.0.0.1:${front}/apply`, { method: "POST", body, signal: stop.signal });
      calls.push(answer.then((response) => response.body?.cancel(), () => {}));
      // The request for the metrics is one, too.
      const inFlight = async () => (await gauges("tesseract_requests_in_flight")).reduce((sum, n) => sum + n - 1, 0);
      await until(`${count} calls have arrived`, async () => await inFlight() === count);
    }
    // One of four is computed.
    await until("three calls wait at each", async () => (await gauges("tesseract_queue_length")).join() === "3,3");
    stop.abort();
    await Promise.all(calls);
  } finally {
    stop.abort();
    haproxy.kill("SIGKILL");
    await haproxy.status;
    await Deno.remove(folder, { recursive: true });
  }
});
