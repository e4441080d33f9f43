import { isUri } from "../../uri.ts";
import { CommandFailed, UsageError } from "../errors.ts";
import { quoteForShell } from "../quote_for_shell.ts";

/** What is submitted. */
export interface Submission {
  readonly tasks: number;
  /** Options of sbatch, for both jobs. */
  readonly sbatch: string | undefined;
  /** Where results go. */
  readonly folder: string;
  /** The command of a task. With more arguments, that of the job that gathers the records. */
  readonly command: (...more: readonly string[]) => readonly string[];
}

/**
 * How many seconds before its time is up a task gets SIGTERM. It then has `--grace-period`, which is less, to finish.
 */
const WARNING = 60;

/**
 * The script for bash that submits an array of tasks, and a job that gathers their records. It prints the numbers of
 * both jobs.
 */
export function submitScript({ tasks, sbatch, folder, command }: Submission): string {
  const log = (name: string) =>
    isUri(folder) ? [] : [`--output=${quoteOption(`${folder.replaceAll("%", "%%")}/${name}.log`)}`];
  const own = sbatch === undefined ? [] : [sbatch];
  const array = jobScript([
    "--job-name=tesseract-map",
    `--array=0-${tasks - 1}`,
    // A task that was killed is started again, continues, and appends to the same log.
    "--requeue",
    "--open-mode=append",
    `--signal=B:TERM@${WARNING}`,
    ...log("slurm-%A_%a"),
    ...own,
  ], command());
  const gather = jobScript(
    ["--job-name=tesseract-map-gather", ...log("slurm-%j"), ...own],
    command("--gather", String(tasks)),
  );
  return [
    "#!/bin/bash",
    "set -eu",
    // Slurm creates no folder for the logs of the jobs.
    ...isUri(folder) ? [] : [`mkdir -p ${quoteWord(folder)}`],
    "array=$(sbatch --parsable <<'END_OF_ARRAY'",
    ...array,
    "END_OF_ARRAY",
    ")",
    "array=${array%%;*}",
    // afterany: the records are gathered even if tasks fail. If this job is not accepted, the array is cancelled.
    `gather=$(sbatch --parsable --dependency=afterany:"$array" <<'END_OF_GATHER' || scancel "$array"`,
    ...gather,
    "END_OF_GATHER",
    ")",
    '[ -n "$gather" ]',
    `echo "Submitted the array job $array of ${tasks} tasks, and the job \${gather%%;*}, which gathers their records."`,
    "",
  ].join("\n");
}

/** `exec` replaces the shell by the program, so that the program gets Slurm's signals. */
function jobScript(options: readonly string[], command: readonly string[]): string[] {
  return ["#!/bin/bash", ...options.map((option) => `#SBATCH ${option}`), `exec ${command.map(quoteWord).join(" ")}`];
}

/** Quotes a word for the shell. */
function quoteWord(word: string): string {
  if (word.includes("\n")) throw new UsageError("the name of a payload has a line break");
  return quoteForShell(word);
}

/** Quotes a word for an #SBATCH line. */
function quoteOption(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`;
}

/** Runs the script. Resolves with what it prints. */
export async function submit(script: string): Promise<string> {
  const child = new Deno.Command("bash", { args: ["-s"], stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (success) return new TextDecoder().decode(stdout);
  const words = new TextDecoder().decode(stderr).trim();
  throw new CommandFailed(`Slurm did not accept the jobs: ${words}`);
}
