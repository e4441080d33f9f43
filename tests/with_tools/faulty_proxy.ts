/**
 * What lies between a client and a server on bad days.
 * @module
 */

/** A proxy that drops some of its connections, before or in the middle of what is sent, and answers others with 503. */
export interface FaultyProxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections were disturbed so far. */
  readonly disturbed: () => number;
}

const BUSY = "HTTP/1.1 503 Slow Down\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** Starts a proxy for a server on this machine. One connection in three is disturbed, by the numbers of `random`. */
export function startProxy(target: number, random: () => number): FaultyProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let disturbed = 0;
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    const kind = random();
    if (kind < 1 / 3) disturbed++;
    if (kind < 0.1) {
      await client.read(new Uint8Array(65536));
      await client.write(new TextEncoder().encode(BUSY));
      return;
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(server);
    // Most of what is sent is short; what is long is cut somewhere.
    const budget = kind < 1 / 3 ? Math.floor(20_000_000 ** random()) : Infinity;
    const [upTo, downTo] = random() < 0.5 ? [budget, Infinity] : [Infinity, budget];
    await Promise.all([pass(client, server, upTo), pass(server, client, downTo)]).catch(() => {});
    close(server);
    open.delete(server);
  };
  const accepting = (async () => {
    for await (const client of listener) {
      serve(client).catch(() => {}).finally(() => {
        close(client);
        open.delete(client);
      });
    }
  })();
  return {
    port: listener.addr.port,
    disturbed: () => disturbed,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
}

/** Passes bytes on, and closes both sides when one ends or so many bytes are passed. */
async function pass(from: Deno.Conn, to: Deno.Conn, budget: number): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const read = await from.read(buffer);
      if (read === null) return;
      const passed = Math.min(read, budget);
      budget -= passed;
      for (let done = 0; done < passed;) done += await to.write(buffer.subarray(done, passed));
      if (budget === 0) return;
    }
  } finally {
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

/** Numbers from 0 to 1 that are the same every time (mulberry32). */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
