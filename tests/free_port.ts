/**
 * Ports for programs that must be told theirs, or that come back where they were. Whoever can listens at port 0 instead.
 * @module
 */

/**
 * From this port on the system takes what it likes, for whatever listens at port 0 and for connections that go out: a port
 * there that is free now may be taken before a program has it.
 */
const SYSTEM = Number(
  (await Deno.readTextFile("/proc/sys/net/ipv4/ip_local_port_range").catch(() => "")).split(/\s+/)[0] || 32_768,
);
/** Above what programs have by default, and READMEs use. */
const FIRST = 15_000;
const COUNT = Math.max(SYSTEM, FIRST + 10_000) - FIRST;

const given = new Set<number>();

/** A port that nobody gets by chance. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) continue;
      throw error;
    }
    given.add(port);
    return port;
  }
}
