/**
 * Waits for a promise, but at most this many milliseconds: then it rejects with the error that `late` returns. The work
 * behind the promise goes on; its outcome is ignored.
 */
export async function inTime<T>(awaited: Promise<T>, milliseconds: number, late: () => unknown): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const givenUp = new Promise<never>((_, reject) => timer = setTimeout(() => reject(late()), milliseconds));
  try {
    return await Promise.race([awaited, givenUp]);
  } finally {
    clearTimeout(timer);
  }
}
