/**
 * The main module of a worker process: `main.ts SETTINGS PATHS`.
 * @module
 */
import { runWorker } from "./worker.ts";

await runWorker(Deno.args);
// The user module may have left timers or servers running.
Deno.exit();
