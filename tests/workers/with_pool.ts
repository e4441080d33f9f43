/** A pool of workers that do what the head of a call says (fixture_worker.ts). */
import assert from "node:assert/strict";
import { CallRefused, Pool, type PoolAnswer, type PoolOptions } from "../../lib/workers/pool/pool.ts";

const FIXTURE = new URL("fixture_worker.ts", import.meta.url).pathname;
export const command = (...args: string[]) => [Deno.execPath(), "run", "-A", "--quiet", FIXTURE, ...args];
export const NOTHING = new Uint8Array();

/** A pool for one test, and what it logged. */
export async function withPool(
  options: Partial<PoolOptions>,
  test: (pool: Pool, logged: string[]) => Promise<void>,
): Promise<void> {
  const logged: string[] = [];
  const log = (text: string) => Promise.resolve(void logged.push(text));
  const pool = new Pool({ command: command(), workers: 1, log, ...options });
  try {
    await pool.started;
    await test(pool, logged);
  } finally {
    await pool.stop();
  }
}

export const call = (
  pool: Pool,
  head: string,
  body: Uint8Array | AsyncIterable<Uint8Array> = NOTHING,
  gone?: AbortSignal,
) => pool.call({ head, body, runId: head, ...gone && { gone: () => gone } });

export const textOf = async ({ body }: PoolAnswer) => await new Response(body).text();
export const reasonOf = (error: unknown) => {
  assert.ok(error instanceof CallRefused, String(error));
  return error.reason;
};
export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    await wait(0);
    yield new Uint8Array(size).fill(i);
  }
}
