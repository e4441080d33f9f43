/**
 * The main module of a worker process: `main.ts SETTINGS LINKS`.
 * @module
 */
import { runWorker } from "./worker.ts";

await runWorker(Deno.args);
// whatever the user module left running
Deno.exit();
