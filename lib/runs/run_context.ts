import type { OutputFiles } from "../formats/format.ts";
import type { FilePlaces } from "../schema/file_paths.ts";
import type { InputFiles } from "../storage/access.ts";
import { join } from "../storage/location.ts";
import { isUri } from "../uri.ts";
import { createRecorder, type Recorder } from "./run_records.ts";
import { ProgressTeller, type TakeEvent, type TellProgress } from "./run_events.ts";
import { RunFolder } from "./run_folder.ts";

export interface RunPlaces {
  /** Absolute local folder or URI. */
  readonly inputPath: string;
  /** Prefixes of paths and URIs that payloads may refer to besides; `undefined`: they may refer to any file. */
  readonly allowed?: readonly string[] | undefined;
  /** Absolute local folder or URI for the files of results. References to these are relative to it. */
  readonly outputBase: string;
  /** Are the records of a run (metrics, parameters, artifacts) kept? On the command line only with an output path. */
  readonly keep: boolean;
  /** Is the output base a temporary folder, created when it is first needed and removed at the end? */
  readonly scratch?: boolean | undefined;
}

/**
 * The context of a call: the last argument of the user's functions. Its folder, signal and records are made when user
 * code first uses them, so that a call that uses none of them costs nothing and leaves no files.
 */
export class RunContext implements FilePlaces, Recorder {
  readonly inputPath: string;
  readonly outputBase: string;
  readonly #places: RunPlaces;
  readonly #name: string;
  #folder: RunFolder | undefined;
  #recorder: Recorder | undefined;
  #signal: AbortSignal | undefined;
  #progress: ProgressTeller | undefined;

  /**
   * `name` is that of the run's folder in the output base; if it is empty, the output base itself is the run's folder.
   * `makeSignal` is called when user code first uses the signal. `takeEvent` gets the progress and the metrics.
   */
  constructor(
    readonly runId: string,
    places: RunPlaces,
    name: string,
    private readonly makeSignal: () => AbortSignal = () => new AbortController().signal,
    private readonly takeEvent?: TakeEvent,
  ) {
    this.inputPath = places.inputPath;
    this.outputBase = places.outputBase;
    this.#places = places;
    this.#name = name;
  }

  /** The folder of the call. It is created now, since user code is about to write into it. */
  get outputPath(): string {
    const { location } = this.folder;
    const { keep, scratch } = this.#places;
    if ((keep || scratch) && !isUri(location)) this.folder.make();
    return location;
  }

  /** The folder of the call, not made yet. */
  get folder(): RunFolder {
    return this.#folder ??= new RunFolder(
      this.#name === "" ? this.outputBase : join(this.outputBase, this.#name),
      this.#places.scratch,
    );
  }

  get inputFiles(): InputFiles {
    return { base: this.inputPath, allowed: this.#places.allowed };
  }

  get outputFiles(): OutputFiles {
    return { base: this.outputBase, folder: this.#name };
  }

  /** Fires when the result is no longer needed. */
  get signal(): AbortSignal {
    return this.#signal ??= this.makeSignal();
  }

  get progress(): TellProgress {
    return (this.#progress ??= new ProgressTeller(this.takeEvent)).tell;
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

  /** Was the folder used, so that `end` has to be called? */
  get hasFolder(): boolean {
    return this.#folder !== undefined;
  }

  /**
   * The call is over: uploads its records if the folder is remote, and removes a folder that is still empty. If that
   * fails, there is a warning: a call does not fail because its records could not be written.
   */
  async end(): Promise<void> {
    try {
      this.#progress?.flush();
      if (this.#name !== "") this.#folder?.removeIfEmpty();
      await this.#folder?.publish();
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      console.error(`Warning: the records of the run cannot be written: ${reason}`);
    }
  }

  get #records(): Recorder {
    return this.#recorder ??= createRecorder(this.#places.keep ? this.folder : undefined, this.takeEvent);
  }
}
