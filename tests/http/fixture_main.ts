/** The server as a program: its options as JSON; or a worker of it. */
import { serve, type ServeOptions } from "../../lib/http/server.ts";
import { WORKER_COMMAND } from "../../lib/workers/pool/command.ts";
import { runWorker } from "../../lib/workers/worker/worker.ts";

const [first = "", ...rest] = Deno.args;
if (first === WORKER_COMMAND) {
  await runWorker(rest);
  Deno.exit();
}
// Runs leave nothing where the tests are run.
const runs = Deno.makeTempDirSync();
const options: ServeOptions = {
  host: "127.0.0.1",
  port: 0,
  workers: 1,
  apiPath: new URL("fixture_module.ts", import.meta.url).pathname,
  name: "Fixture",
  version: "1",
  description: "",
  debug: false,
  inputPath: Deno.cwd(),
  allowRemoteInputs: [],
  outputPath: runs,
  format: "json",
  limits: {},
  access: { apiKey: undefined, corsOrigins: [] },
  logFormat: "text",
  ...JSON.parse(first),
};
const code = await serve(options);
Deno.removeSync(runs, { recursive: true });
Deno.exit(code);
