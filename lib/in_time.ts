/**
 * Waits for something, but no longer than so many milliseconds: then it fails with what `late` makes. What is waited
 * for goes on, and nobody hears of it any more.
 */
export async function inTime<T>(awaited: Promise<T>, milliseconds: number, late: () => unknown): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), milliseconds);
  try {
    return await Promise.race([awaited, givenUp]);
  } finally {
    clearTimeout(timer);
  }
}
