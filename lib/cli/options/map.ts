import { integer, text, toggle, value } from "./option.ts";
import { parseWorkers, seconds } from "./serve.ts";

export const MAP_DESCRIPTION =
  "Each result goes to FOLDER/results/NAME.json, where NAME is that of the payload's file, or the number of its line;\n" +
  "how each call ended goes to FOLDER/map.jsonl. Started again, it computes only what is not there yet.";

export const MAP_OPTIONS = {
  numWorkers: value("N", "number of worker processes; auto: one for each processor [default: auto]", parseWorkers),
  retryFailed: toggle("call again what failed before"),
  failFast: toggle("stop when a call fails"),
  gracePeriod: value("SECONDS", "how long running calls have to finish at a stop [default: 30]", seconds(0)),
  slurm: value("TASKS", "submit an array of so many tasks to Slurm, and a job that gathers their records", integer(1)),
  sbatch: text("OPTIONS", 'options of sbatch for these jobs, such as "--time=1:00:00 --partition=cpu"', {
    takesDashes: true,
  }),
  dryRun: toggle("print the script that --slurm would run, and run nothing"),
  gather: value("TASKS", "compute nothing; put the records of so many tasks together in map.jsonl", integer(1)),
};

export const MAP_ALIASES = { w: "numWorkers" };
