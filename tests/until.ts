/** Waits until something holds. Fails after a while, and says what it has waited for. */
export async function until(what: string, holds: () => unknown, seconds = 60): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
