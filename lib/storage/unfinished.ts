/**
 * What is being written, and has to be cleared away when the process is asked to stop.
 * @module
 */

const unfinished = new Set<() => unknown>();
const abandoned = new Set<() => unknown>();
let listener: (isAny: boolean) => void = () => {};

/** Does the work; while it lasts, `abandonWrites` calls `abandon`. What was abandoned never ends: the process does. */
export async function unlessAbandoned<T>(abandon: () => unknown, work: () => Promise<T>): Promise<T> {
  const done = ifAbandoned(abandon);
  try {
    return await work();
  } finally {
    if (abandoned.has(abandon)) await new Promise(() => {});
    done();
  }
}

/** From now on `abandonWrites` calls `abandon`. Returns what ends that. */
export function ifAbandoned(abandon: () => unknown): () => void {
  unfinished.add(abandon);
  if (unfinished.size === 1) listener(true);
  return () => {
    if (unfinished.delete(abandon) && unfinished.size === 0) listener(false);
  };
}

/** `told` hears when there begins to be something unfinished, and when there is nothing any more. */
export function onUnfinished(told: (isAny: boolean) => void): void {
  listener = told;
}

/**
 * Clears away everything that is being written: temporary files at once, uploads as soon as their servers answer. For
 * a process that is interrupted and ends after this.
 */
export async function abandonWrites(): Promise<void> {
  await Promise.allSettled([...unfinished].map(async (abandon) => {
    abandoned.add(abandon);
    await abandon();
  }));
}
