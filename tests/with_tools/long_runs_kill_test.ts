/**
 * Long runs under kills of servers and of workers at random moments, with clients that come and go: each run ends once,
 * as what it was, with its own answer; nothing that has begun is computed a second time; no run is left without a server.
 * With `TESSERACT_NIGHTLY` 1,000 runs on the local disk, and 300 in S3 behind a proxy with faults; and a disk that fills up.
 */
import assert from "node:assert/strict";
import { eventsOf, journalOf, LongRunServer, withRunsFolder } from "../long_run_server.ts";
import { children } from "../http/program.ts";
import { until } from "../until.ts";
import { seededRandom, startProxy } from "./faulty_proxy.ts";
import { startS3 } from "./versitygw.ts";

const isNightly = Deno.env.has("TESSERACT_NIGHTLY");
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What is done to the servers. */
interface Plan {
  readonly runs: number;
  /** At least so many kills, and at most one in so many milliseconds. */
  readonly kills: number;
  readonly pause: number;
  readonly seed: number;
}

/** Two servers of one output path, each of which is started again when it was killed. */
class Servers {
  readonly #servers: (LongRunServer | undefined)[] = [];
  killed = 0;
  isOver = false;

  constructor(
    private readonly outputPath: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly random: () => number,
  ) {}

  async start(i: number): Promise<void> {
    this.#servers[i] = undefined;
    this.#servers[i] = await LongRunServer.start(this.outputPath, ["--abort-grace", "1"], this.env);
  }

  /** One that runs. */
  async any(): Promise<LongRunServer> {
    let found: LongRunServer | undefined;
    await until("a server runs", () => found = this.#servers[Math.floor(2 * this.random())], 120);
    return found!;
  }

  /** Does something with a server, again and again while servers are killed. */
  async retry<T>(what: string, action: (server: LongRunServer) => Promise<T | undefined>): Promise<T> {
    let result: T | undefined;
    await until(what, async () => {
      try {
        result = await action(await this.any());
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof Deno.errors.Http || error instanceof SyntaxError)) {
          throw error;
        }
      }
      if (result === undefined) await sleep(50);
      return result !== undefined;
    }, 180);
    return result!;
  }

  async killAtRandom({ kills, pause }: Plan): Promise<void> {
    while (!this.isOver || this.killed < kills) {
      await sleep(pause * (0.2 + this.random()));
      const i = Math.floor(2 * this.random());
      const server = this.#servers[i];
      if (server === undefined) continue;
      this.killed++;
      if (this.random() < 0.3) {
        for (const pid of await children(server.child.pid).catch(() => [])) {
          try {
            Deno.kill(pid, "SIGKILL");
          } catch {
            // It has ended.
          }
        }
        continue;
      }
      this.#servers[i] = undefined;
      await server.end("SIGKILL");
      await this.start(i);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server?.[Symbol.asyncDispose]();
  }
}

const ENDED = ["succeeded", "failed", "cancelled"];

async function killing(
  outputPath: string,
  env: Readonly<Record<string, string>>,
  folder: string,
  plan: Plan,
): Promise<void> {
  const random = seededRandom(plan.seed);
  const journal = `${folder}/journal`;
  await using servers = new Servers(outputPath, env, random);
  await Promise.all([servers.start(0), servers.start(1)]);
  const killer = servers.killAtRandom(plan);
  const cancelled = new Set<string>();
  const seen = new Map<string, string>();
  /** A run that was seen to have ended stays as it was seen. */
  const see = (id: string, status: string) => {
    const before = seen.get(id);
    if (before !== undefined && ENDED.includes(before)) assert.equal(status, before, `run ${id} has ended twice`);
    seen.set(id, status);
  };

  /** Had it ended before it was to be cancelled? Then DELETE has forgotten it. */
  const isForgotten = (id: string, { status }: Response) => status === 404 && cancelled.has(id);

  async function client(id: string, x: number): Promise<void> {
    const inputs = { x, journal, ms: 30 + 150 * random() };
    await servers.retry(`${id} is taken`, async (server) => {
      const response = await server.submit(id, inputs);
      await response.body?.cancel();
      assert.notEqual(response.status, 409, id);
      return response.status === 202 ? true : undefined;
    });
    // Some listen for a while, some do not come back before the end.
    if (random() < 0.3) await eventsOf(await servers.any(), id, undefined, () => random() < 0.5).catch(() => {});
    if (random() < 0.1) {
      cancelled.add(id);
      await (await servers.any()).delete(id).then((response) => response.body?.cancel()).catch(() => {});
    }
    if (random() < 0.5) {
      await servers.retry(`the status of ${id}`, async (server) => {
        const response = await server.get(`/${id}`);
        if (isForgotten(id, response)) return true;
        if (response.status !== 200) return void await response.body?.cancel();
        see(id, (await response.json()).status);
        return true;
      });
    }
  }

  const waiting = Array.from({ length: plan.runs }, (_, i) => i);
  const ids = waiting.map((i) => `run-${i}`);
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let i; (i = waiting.shift()) !== undefined;) await client(`run-${i}`, i);
  }));
  servers.isOver = true;
  await killer;
  assert.ok(servers.killed >= plan.kills);

  const counts: Record<string, number> = {};
  for (const [i, id] of ids.entries()) {
    const { status, error } = await servers.retry(`${id} has ended`, async (server) => {
      const response = await server.get(`/${id}`, { prefer: "wait=20" });
      if (isForgotten(id, response)) return { status: "forgotten", error: "", ...await response.json() };
      assert.notEqual(response.status, 404, `${id} was lost`);
      if (response.status !== 200) return void await response.body?.cancel();
      const document = await response.json();
      see(id, document.status);
      return ENDED.includes(document.status) ? document : undefined;
    });
    counts[status] = (counts[status] ?? 0) + 1;
    if (status === "forgotten") continue;
    const result = await servers.retry(`the result of ${id}`, async (server) => {
      const response = await server.get(`/${id}/result`);
      return { status: response.status, value: await response.json() };
    });
    if (status === "succeeded") {
      assert.equal(result.status, 200);
      assert.deepEqual([result.value.runId, result.value.y.data.buffer], [id, [2 * i]]);
    } else if (status === "cancelled") {
      assert.ok(cancelled.has(id), id);
      assert.equal(result.status, 410);
    } else {
      assert.ok(error.length > 0);
      assert.equal(result.status, 500);
    }
  }
  const began = (await journalOf(journal)).filter((line) => line.startsWith("began "));
  assert.equal(new Set(began).size, began.length, "a run was computed twice");
  const ended = new Set((await journalOf(journal)).filter((line) => line.startsWith("ended ")));
  for (const [id, status] of seen) if (status === "succeeded") assert.ok(ended.has(`ended ${id}`), id);
  console.log(`${plan.runs} runs, ${servers.killed} kills: ${JSON.stringify(counts)}`);
  assert.ok((counts["succeeded"] ?? 0) > plan.runs / 4, JSON.stringify(counts));
}

Deno.test("runs on the local disk end once, however their servers and workers are killed", async () => {
  await withRunsFolder(async (folder) => {
    const plan = isNightly
      ? { runs: 1000, kills: 300, pause: 1500, seed: 1 }
      : { runs: 80, kills: 20, pause: 900, seed: 1 };
    await killing(`${folder}/runs`, {}, folder, plan);
  });
});

Deno.test("so do those in S3, also when every third connection fails", async () => {
  await using s3 = await startS3();
  await using proxy = startProxy(s3.port, seededRandom(3));
  await withRunsFolder(async (folder) => {
    const plan = isNightly
      ? { runs: 300, kills: 60, pause: 5000, seed: 2 }
      : { runs: 20, kills: 4, pause: 4000, seed: 2 };
    await killing("s3://bucket/runs", s3.variables(proxy.port), folder, plan);
  });
});

Deno.test("on a disk that fills up runs fail with that reason, and go on when there is room again", async () => {
  await withRunsFolder(async (folder) => {
    const inFolder = 'mount -t tmpfs -o size=24m none "$0" && exec "$@"';
    const wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inFolder, folder];
    await using server = await LongRunServer.start(folder, ["--max-runs", "1000"], {}, wrapper);
    const reasons = new Map<string, number>();
    const ids = Array.from({ length: isNightly ? 200 : 12 }, (_, i) => `large-${i}`);
    const kept: string[] = [];
    for (const id of ids) {
      const response = await server.submit(id, { mode: "large" }, { accept: "application/json+base64" });
      const text = await response.text();
      if (response.status !== 202) {
        assert.equal(response.status, 500, text);
        assert.match(text, /The storage of runs fails: /);
        reasons.set("refused", (reasons.get("refused") ?? 0) + 1);
        // Whoever runs the server makes room.
        for (const id of kept.splice(0)) await (await server.delete(id)).body?.cancel();
        continue;
      }
      await until(`${id} has ended`, async () => ENDED.includes((await server.status(id)).status), 60);
      const { status, error } = await server.status(id);
      if (status === "failed") assert.match(error!, /^The answer could not be stored: /);
      reasons.set(status, (reasons.get(status) ?? 0) + 1);
      kept.push(id);
    }
    console.log(Object.fromEntries(reasons));
    assert.ok((reasons.get("succeeded") ?? 0) > 0 && (reasons.get("failed") ?? 0) > 0);
    for (const id of kept) await (await server.delete(id)).body?.cancel();
    await (await server.submit("last", { x: 1 })).body?.cancel();
    await server.until("last", "succeeded");
  });
});
