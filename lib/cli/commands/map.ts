import { type EndpointEntry, ENDPOINTS } from "../../endpoints/endpoints.ts";
import { DEFAULT_LIMITS } from "../../http/limits.ts";
import { StorageError } from "../../storage/error.ts";
import { workerCommand } from "../../workers/pool/command.ts";
import { WorkerFailed } from "../../workers/pool/pool.ts";
import type { WorkerHello, WorkerSettings } from "../../workers/protocol/messages.ts";
import { type CommandContext, commandName } from "../command.ts";
import { CommandFailed, quote, UsageError } from "../errors.ts";
import { checkOutputPath, makeFolder } from "../io/output.ts";
import { Bar, type Counts, summary } from "../map/bar.ts";
import { digestOfModule } from "../map/digest.ts";
import { findPayloads, type Payloads } from "../map/payloads.ts";
import { Records } from "../map/records.ts";
import { Results } from "../map/results.ts";
import { runMap } from "../map/run.ts";
import { ALL, type Share, slurmShare } from "../map/share.ts";
import { submit, submitScript } from "../map/slurm.ts";
import { findModule } from "../options/api_path.ts";
import type { MAP_OPTIONS } from "../options/map.ts";
import type { Values } from "../options/option.ts";
import { callSettings } from "../options/settings.ts";
import { didYouMean } from "../options/parse.ts";

type MapContext = CommandContext<Values<typeof MAP_OPTIONS>>;

/** How many errors are shown on stderr; map.jsonl has all of them. */
const MOST_SHOWN = 10;

/** `map ENDPOINT PAYLOAD...`: one endpoint on many payloads. Returns the exit code. */
export async function run(context: MapContext, [endpoint, ...args]: readonly string[]): Promise<number> {
  const { settings, options, io } = context;
  const entry = await findEndpoint(endpoint!);
  const folder = settings.outputPath;
  if (folder === undefined) throw new UsageError("name the folder for the results by -o FOLDER");
  await checkOutputPath(folder);
  const apiPath = await findModule(context);
  const payloads = await findPayloads(args, context);
  const share = options.gather === undefined ? slurmShare(context.env) : undefined;
  // --slurm may also come from the environment of the process that submitted this task, or the gathering job.
  if (options.slurm === undefined || share !== undefined || options.gather !== undefined) {
    if (options.dryRun && options.slurm === undefined) throw new UsageError("--dry-run needs --slurm TASKS");
    return await compute(context, entry, folder, apiPath, payloads, share);
  }
  const { slurm: tasks, sbatch } = options;
  checkSubmission(payloads, sbatch);
  const command = commandOf(context, entry, folder, apiPath, payloads);
  const script = submitScript({ tasks, sbatch, folder, command });
  io.print(options.dryRun ? script : await submit(script));
  return 0;
}

async function findEndpoint(name: string): Promise<EndpointEntry> {
  const entry = ENDPOINTS.find((entry) => commandName(entry) === name);
  if (entry !== undefined) return entry;
  const names = ENDPOINTS.map(commandName);
  const hint = await didYouMean(name, names);
  throw new UsageError(`there is no endpoint ${quote(name)}; expected one of ${names.join(", ")}${hint}`);
}

async function compute(
  context: MapContext,
  entry: EndpointEntry,
  folder: string,
  apiPath: string,
  payloads: Payloads,
  share: Share | undefined,
): Promise<number> {
  const { settings, options, io, cwd } = context;
  const start = performance.now();
  const gather = options.gather !== undefined;
  const results = new Results(folder, settings.format);
  await makeFolder(results.location);
  const records = new Records(folder, share?.index);
  const counts: Counts = { total: payloads.count(share ?? ALL), succeeded: 0, failed: 0, before: 0 };
  const bar = new Bar(counts, io.writeError, io.errorTerminal);
  let shown = 0;
  const failed = (name: string, error: string) => {
    if (++shown > MOST_SHOWN) return;
    bar.print(`Error: ${name}: ${error}\n${shown === MOST_SHOWN ? "map.jsonl has the further errors.\n" : ""}`);
  };
  let signalCode: number | undefined;
  try {
    const isNew = await records.read(options.gather) && await results.isEmpty();
    if (share === undefined) await results.tidy();
    if (!gather) await records.open();
    const workerSettings: WorkerSettings = {
      ...callSettings(settings),
      apiPath,
      // Where a worker looks for the module's required files when it starts; each call has its own input path.
      inputPath: settings.inputPath ?? payloads.folder ?? cwd,
      outputPath: results.location,
      maxBodySize: DEFAULT_LIMITS.maxBodySize,
    };
    const workers = Math.min(workersOf(context), counts.total ?? Infinity) || 1;
    const moduleDigest = await digestOfModule(apiPath);
    const { retryFailed = false, failFast = false, gracePeriod = DEFAULT_LIMITS.gracePeriod } = options;
    signalCode = await runMap({
      payloads: payloads.read(share ?? ALL),
      job: { settings, entry, moduleDigest, cwd, results, records, isNew, retryFailed, gather },
      poolOptions: {
        command: workerCommand(workerSettings),
        workers,
        outputPath: results.location,
        maxQueue: Infinity,
        log: (text) => Promise.resolve(bar.print(text)),
      },
      checkWorkers: (hello) => checkEndpoint(entry, hello, apiPath),
      failFast,
      gracePeriod,
      counts,
      failed,
    });
    if (gather) await records.gather();
  } catch (error) {
    throw inWords(error);
  } finally {
    bar.end();
    await records.close().catch((error) => Promise.reject(inWords(error)));
  }
  const task = share === undefined ? "" : `Task ${share.index + 1} of ${share.count}: `;
  const isEmpty = share === undefined && counts.total === 0;
  const words = isEmpty ? "0 payloads: the input is empty" : summary(counts, (performance.now() - start) / 1000);
  io.print(`${task}${words}\n`);
  const isMissing = gather && counts.succeeded + counts.failed < (counts.total ?? 0);
  return signalCode ?? (counts.failed > 0 || isMissing ? 1 : 0);
}

/** The given number, else one for each processor, or in a Slurm job for each processor that the job has. */
function workersOf({ options: { numWorkers = "auto" }, env }: MapContext): number {
  if (numWorkers !== "auto") return numWorkers;
  const granted = Number(env("SLURM_JOB_ID") && env("SLURM_CPUS_ON_NODE")) || Infinity;
  return Math.min(navigator.hardwareConcurrency, granted);
}

function checkEndpoint(entry: EndpointEntry, hello: Uint8Array, apiPath: string): void {
  const { endpoints } = JSON.parse(new TextDecoder().decode(hello)) as WorkerHello;
  if (endpoints.includes(entry.name)) return;
  const others = ENDPOINTS.filter(({ name }) => endpoints.includes(name)).map(({ functionName }) => functionName);
  throw new UsageError(
    `map ${commandName(entry)} needs the function ${entry.functionName}, which ${apiPath} does not define; ` +
      `it defines ${others.join(", ")}`,
  );
}

/** An error that stops the whole `map`, as the error to report. */
function inWords(error: unknown): unknown {
  if (error instanceof WorkerFailed) return new CommandFailed(...error.message.split("\n"));
  if (error instanceof StorageError) return new UsageError(`output path: ${error.message}`);
  return error;
}

function checkSubmission({ locations }: Payloads, sbatch: string | undefined): void {
  if (locations.includes("@-")) {
    throw new UsageError(
      "a Slurm job cannot read the standard input of this command: write the lines to a .jsonl file",
    );
  }
  if (sbatch !== undefined && /\n|(?:^|\s)(?:--array\b|-a)/.test(sbatch)) {
    throw new UsageError("--sbatch: expected options of sbatch on one line, without --array, which --slurm gives");
  }
}

/** The command by which a Slurm job runs the same `map`. The job inherits the environment, with the settings in it. */
function commandOf(
  { settings, options }: MapContext,
  entry: EndpointEntry,
  folder: string,
  apiPath: string,
  { locations }: Payloads,
): (...more: readonly string[]) => readonly string[] {
  const program = Deno.build.standalone ? [] : ["run", "-A", "--quiet", new URL(Deno.mainModule).pathname];
  const { debug, profiling, tracing, format, compression, inputPath } = settings;
  const { numWorkers, gracePeriod, retryFailed, failFast } = options;
  const front = { debug, profiling, tracing };
  const flags = (switches: Readonly<Record<string, boolean | undefined>>) =>
    Object.entries(switches).flatMap(([name, isOn]) => isOn ? [`--${name}`] : []);
  const value = (name: string, text: string | number | undefined) => text === undefined ? [] : [`--${name}`, `${text}`];
  return (...more) => [
    ...[Deno.execPath(), ...program, "--api-path", apiPath, ...flags(front), "map", commandName(entry)],
    ...["-o", folder, "-f", format, "--compression", compression, ...value("input-path", inputPath)],
    ...value("num-workers", numWorkers),
    ...value("grace-period", gracePeriod && gracePeriod / 1000),
    ...flags({ "retry-failed": retryFailed, "fail-fast": failFast }),
    ...more,
    "--",
    ...locations,
  ];
}
