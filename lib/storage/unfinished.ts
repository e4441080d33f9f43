/**
 * Writes in progress, whose temporary files and uploads must be removed when the process is asked to stop.
 * @module
 */

const unfinished = new Set<() => unknown>();
const abandoned = new Set<() => unknown>();
let listener: (isAny: boolean) => void = () => {};

/**
 * Does the work. If `abandonWrites` is called meanwhile, it calls `abandon`, and the returned promise never settles:
 * the process is about to end, and nothing may go on to use files that were removed.
 */
export async function unlessAbandoned<T>(abandon: () => unknown, work: () => Promise<T>): Promise<T> {
  const done = ifAbandoned(abandon);
  try {
    return await work();
  } finally {
    if (abandoned.has(abandon)) await new Promise(() => {});
    done();
  }
}

/** From now on `abandonWrites` calls `abandon`. Returns a function that ends this. */
export function ifAbandoned(abandon: () => unknown): () => void {
  unfinished.add(abandon);
  if (unfinished.size === 1) listener(true);
  return () => {
    if (unfinished.delete(abandon) && unfinished.size === 0) listener(false);
  };
}

/** `onChange` is called when the first write begins and when the last one ends. */
export function onUnfinished(onChange: (isAny: boolean) => void): void {
  listener = onChange;
}

/**
 * Removes everything that is being written: temporary files at once, uploads as soon as their servers answer. For a
 * process that was interrupted and ends after this.
 */
export async function abandonWrites(): Promise<void> {
  await Promise.allSettled([...unfinished].map(async (abandon) => {
    abandoned.add(abandon);
    await abandon();
  }));
}
