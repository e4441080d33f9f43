/** Runs `action` on every item, on at most `most` at a time. */
export async function forEach<T>(items: Iterable<T>, most: number, action: (item: T) => Promise<void>): Promise<void> {
  const queue = Iterator.from(items);
  const work = async () => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: most }, work));
}
