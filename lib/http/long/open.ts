import { RunStore } from "../../runs/long/store.ts";
import { Servers } from "../../runs/long/servers.ts";
import { LongRuns } from "./long_runs.ts";
import type { LongRunOptions } from "./options.ts";
import { LongRunRoutes } from "./routes.ts";

/** Opens the long runs of an output path. Rejects with `StorageError` where nothing can be stored. */
export async function openLongRuns(outputPath: string, options: LongRunOptions): Promise<LongRunRoutes> {
  const runs = new LongRuns(new RunStore(outputPath), new Servers(outputPath, crypto.randomUUID()), options);
  await runs.start();
  return new LongRunRoutes(runs);
}
