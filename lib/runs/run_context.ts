/**
 * What a function of the user module is told about its call.
 * @module
 */
import type { FilePlaces } from "../schema/file_paths.ts";
import { createRecorder, type Recorder } from "./run_records.ts";
import { RunFolder } from "./run_folder.ts";

/** What a call is made of. */
export interface RunOptions {
  readonly runId: string;
  /** Absolute local folder or URI. */
  readonly inputPath: string;
  /** Absolute local folder or URI that files are sent relative to. */
  readonly outputBase: string;
  /** The name of this run's folder in it; empty: it is the folder. */
  readonly folder: string;
  /** Is something kept of the run? On the command line only if an output path was given. */
  readonly keep: boolean;
}

/**
 * The context of a call. Whatever costs something is made for those who look at it: a call that uses nothing of it
 * leaves no trace.
 */
export class RunContext implements FilePlaces, Recorder {
  readonly runId: string;
  readonly inputPath: string;
  readonly outputBase: string;
  readonly #folder: RunFolder;
  readonly #keep: boolean;
  readonly #own: boolean;
  #recorder: Recorder | undefined;
  #controller: AbortController | undefined;

  constructor({ runId, inputPath, outputBase, folder, keep }: RunOptions) {
    this.runId = runId;
    this.inputPath = inputPath;
    this.outputBase = outputBase;
    this.#folder = new RunFolder(folder === "" ? outputBase : `${outputBase}/${folder}`);
    this.#keep = keep;
    this.#own = folder !== "";
  }

  /** The folder of the call. Who asks for it is about to put something there, so it is made. */
  get outputPath(): string {
    if (this.#keep && !isUri(this.#folder.path)) this.#folder.make();
    return this.#folder.path;
  }

  /** Fires by `abort`. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Says that nobody waits for the result any more. */
  abort(reason: unknown): void {
    (this.#controller ??= new AbortController()).abort(reason);
  }

  get logMetric(): Recorder["logMetric"] {
    return this.#records.logMetric;
  }

  get logParameter(): Recorder["logParameter"] {
    return this.#records.logParameter;
  }

  get logArtifact(): Recorder["logArtifact"] {
    return this.#records.logArtifact;
  }

  /** The call is over: a folder of its own that nothing was put into goes. */
  end(): void {
    if (this.#own) this.#folder.removeIfEmpty();
  }

  get #records(): Recorder {
    return this.#recorder ??= createRecorder(this.#keep ? this.#folder : undefined);
  }
}

function isUri(path: string): boolean {
  return path.includes("://");
}
