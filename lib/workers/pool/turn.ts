/**
 * Lets the event loop go round, so that what has arrived in the meantime is looked at. Any two operations would do for
 * that; timers and `setImmediate` take a millisecond on older versions of Deno.
 */
export async function turn(): Promise<void> {
  await Deno.lstat("/");
  await Deno.lstat("/");
}
