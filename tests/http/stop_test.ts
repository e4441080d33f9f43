/** Stopping a server behind a proxy: no call is lost. */
import assert from "node:assert/strict";
import { until } from "../until.ts";
import { ParentPipe, Program } from "./program.ts";
import { RawConnection } from "./raw_connection.ts";

/** Milliseconds, enough for a few calls on a busy machine. */
const DRAIN_DELAY = 8000;

const call = (inputs: Record<string, unknown> = {}) => {
  const body = JSON.stringify({ inputs: { x: [1, 2], ...inputs } });
  return `POST /apply HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

async function portOf(server: Program): Promise<number> {
  return Number(new URL(await server.url()).port);
}

async function connects(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("when told to stop, the port refuses connections at once, and open ones are answered and closed", async () => {
  await using server = new Program({});
  const port = await portOf(server);
  using busy = await RawConnection.open(port);
  using idle = await RawConnection.open(port);
  await idle.write(get("/health"));
  assert.equal((await idle.response()).status, 200);
  await busy.write(call({ mode: "sleep", ms: 8000 }));
  await server.hasInFlight(1);
  server.kill("SIGTERM");
  await server.says(/^Stopping: waiting for 1 call, at most 30 s\./m);
  await until("connections are refused", async () => !await connects(port));
  // The call runs on; the idle connection has another one answered, and readiness says what happens.
  await idle.write(call());
  const second = await idle.response();
  assert.equal(second.status, 200);
  assert.equal(second.headers.get("connection"), "close");
  const first = await busy.response();
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("connection"), "close");
  assert.equal(await server.code(), 0);
});

Deno.test("--drain-delay: the port answers on, and readiness is 503", async () => {
  await using server = new Program({ limits: { drainDelay: DRAIN_DELAY } });
  const port = await portOf(server);
  using first = await RawConnection.open(port);
  await first.write(call());
  assert.equal((await first.response()).status, 200); // its worker has started
  const start = performance.now();
  server.kill("SIGTERM");
  await server.says(/^Stopping: /m);
  for (const [text, status] of [[get("/health/ready"), 503], [get("/health/live"), 200], [call(), 200]] as const) {
    using connection = await RawConnection.open(port);
    await connection.write(text);
    const response = await connection.response();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("connection"), "close");
  }
  assert.equal(await server.code(), 0);
  assert(performance.now() - start >= DRAIN_DELAY - 1);
});

Deno.test("under --parent-pipe-fd nothing is delayed", async () => {
  await using pipe = await ParentPipe.make();
  await using server = new Program({ parentPipeFd: 3, limits: { drainDelay: 60_000 } }, pipe.before);
  await server.url();
  await pipe.end();
  assert.equal(await server.code(), 0);
});

Deno.test("--grace-period bounds how long running calls are waited for", async () => {
  await using server = new Program({ limits: { gracePeriod: 300 } });
  using connection = await RawConnection.open(await portOf(server));
  await connection.write(call({ mode: "sleep", ms: 60_000 }));
  await server.hasInFlight(1);
  server.kill("SIGTERM");
  await server.says(/at most 0.3 s/);
  // What still runs then is lost, and its client is told so.
  assert.equal((await connection.response()).status, 503);
  assert.equal(await server.code(), 0);
});

Deno.test("a second signal ends the server at once, with the code of the signal", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using server = new Program({ limits: { drainDelay: 60_000 } });
    await server.url();
    server.kill(signal);
    await server.says(/^Stopping: .* A second signal stops at once\./m);
    server.kill(signal);
    assert.equal(await server.code(), code);
  }
});

/** Stops a server that many clients call on and on. Returns the first error of a client, if there is one. */
async function stopUnderCalls(isKeptAlive: boolean): Promise<{ error: unknown; longestPause: number }> {
  await using server = new Program({ workers: 2 });
  const port = await portOf(server);
  let isStopping = false;
  let answered = 0;
  const client = async () => {
    for (;;) {
      let connection: RawConnection;
      try {
        connection = await RawConnection.open(port);
      } catch (error) {
        if (isStopping && error instanceof Deno.errors.ConnectionRefused) return;
        throw error;
      }
      using open = connection;
      for (let isOpen = true; isOpen;) {
        await open.write(isKeptAlive ? call() : call().replace("\r\n", "\r\nConnection: close\r\n"));
        const { status, headers } = await open.response();
        assert.equal(status, 200);
        answered++;
        isOpen = isKeptAlive && headers.get("connection") !== "close";
      }
    }
  };
  const clients = Promise.allSettled(Array.from({ length: 100 }, client));
  await until("the clients call again and again", () => answered > 500, 60);
  const endWatch = watchPauses();
  isStopping = true;
  server.kill("SIGTERM");
  const failed = (await clients).find((outcome) => outcome.status === "rejected");
  const longestPause = endWatch();
  assert.equal(await server.code(), 0);
  return { error: failed?.reason, longestPause };
}

/** Returns a function that says for how many milliseconds this process did nothing at the longest. */
function watchPauses(): () => number {
  let [last, longest] = [performance.now(), 0];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}

for (
  const [how, isKeptAlive] of [["on connections that they keep", true], ["each time on a new one", false]] as const
) {
  Deno.test(`100 clients that call on and on, ${how}, lose nothing when the server stops`, async () => {
    for (let tries = 1;; tries++) {
      const { error, longestPause } = await stopUnderCalls(isKeptAlive);
      if (error === undefined) return;
      // Connections on which nothing comes for 200 ms count as idle: so they may if this process got no processor.
      if (longestPause < 100 || tries === 5) throw error;
    }
  });
}
