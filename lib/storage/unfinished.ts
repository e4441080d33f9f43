/**
 * What is being written, and has to be cleared away when the process is asked to stop.
 * @module
 */

const unfinished = new Set<() => unknown>();

/** Does the work; while it lasts, `abandonWrites` calls `abandon`. */
export async function unlessAbandoned<T>(abandon: () => unknown, work: () => Promise<T>): Promise<T> {
  unfinished.add(abandon);
  try {
    return await work();
  } finally {
    unfinished.delete(abandon);
  }
}

/**
 * Clears away everything that is being written: temporary files at once, uploads as soon as their servers answer. For
 * a process that is interrupted and ends after this.
 */
export async function abandonWrites(): Promise<void> {
  await Promise.allSettled([...unfinished].map((abandon) => abandon()));
}
