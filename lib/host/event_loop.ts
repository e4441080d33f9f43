import { isDenoAtLeast } from "./deno_version.ts";

/** Lets the event loop turn once, so that what has arrived meanwhile, and rejections, are handled. */
export const letLoopTurn: () => Promise<unknown> = isDenoAtLeast(8)
  ? () => new Promise<void>((resolve) => void setImmediate(resolve))
  // Before Deno 2.8 `setImmediate` takes a millisecond; any asynchronous operation does the same.
  : () => Deno.lstat("/");
