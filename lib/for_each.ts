/** Runs `action` on every item; at most `most` of these calls run at the same time. */
export async function forEach<T>(items: Iterable<T>, most: number, action: (item: T) => Promise<void>): Promise<void> {
  const queue = Iterator.from(items);
  const work = async () => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: most }, work));
}
