/**
 * The settings that all commands share. The command line wins (an option after the command over the same before it),
 * then the environment, then the default.
 * @module
 */
import { type Compression, type FormatName, infoOf } from "../../formats/registry.ts";
import { absolutePath } from "../../storage/location.ts";
import { isUri } from "../../uri.ts";
import type { WorkerSettings } from "../../workers/protocol/messages.ts";
import type { Surroundings } from "../io/io.ts";
import { checkGpuTransport, fromEnvironment } from "./environment.ts";
import { GLOBAL_OPTIONS, type GlobalValues, type ResultValues } from "./global.ts";

/** What every call needs to know, here and in worker processes. */
type CallSettings = Pick<WorkerSettings, "name" | "version" | "description" | "debug" | "profiling" | "tracing">;

export interface Settings extends CallSettings {
  /** The user module, as it was given; `undefined`: look for it in the current directory. */
  readonly apiPath: string | undefined;
  readonly format: FormatName;
  readonly compression: Compression;
  /** Absolute local folders, or URIs; `undefined` where none was given. */
  readonly inputPath: string | undefined;
  readonly outputPath: string | undefined;
  /** The file of the result, relative to the output path; `undefined`: the result goes to stdout. */
  readonly outputFile: string | undefined;
}

/**
 * Reads the settings for a command, from the options before it (`global`), those after it, and the environment.
 * Throws a `UsageError` if one is bad, whether the command needs it or not.
 */
export function readSettings(
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
  command: string,
  global: GlobalValues,
  flags: ResultValues = {},
): Settings {
  checkGpuTransport(env);
  const values: GlobalValues = {
    ...fromEnvironment(env, command, GLOBAL_OPTIONS, true),
    ...given(global),
    ...given(flags),
  };
  const format = values.outputFormat ?? "json";
  const folder = (path: string | undefined) => path === undefined || isUri(path) ? path : absolutePath(path, cwd);
  return {
    apiPath: values.apiPath,
    name: values.name,
    version: values.version,
    description: values.description?.replaceAll("\\n", "\n"),
    debug: values.debug ?? false,
    profiling: values.profiling ?? false,
    tracing: values.tracing ?? false,
    format,
    compression: values.compression ?? "none",
    inputPath: folder(values.inputPath),
    outputPath: folder(values.outputPath),
    // As Python's 0.9 does; before the command and in the environment the path only says where files go, as in 1.15.
    outputFile: values.outputFile ?? (given(flags).outputPath && `results.${infoOf(format).extension}`),
  };
}

/** The settings that a command passes on to its worker processes. */
export function callSettings({ name, version, description, debug, profiling, tracing }: Settings): CallSettings {
  return { name, version, description, debug, profiling, tracing };
}

/** Without the options that were given as empty, which is the same as not given. */
export function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Partial<T>;
}
