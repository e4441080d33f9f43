/**
 * The settings of one call. The command line wins (an option after the command over the same before it), then the
 * environment, then the default.
 * @module
 */
import { type Compression, type FormatName, infoOf } from "../../formats/registry.ts";
import { checkGpuTransport, fromEnvironment } from "./environment.ts";
import type { Invocation } from "../invocation.ts";
import { GLOBAL_FLAGS, type GlobalFlags, type ResultFlags } from "./options.ts";
import { absolutePath, isUri } from "../../storage/location.ts";

/** What every command may ask for. */
export interface Settings {
  /** The user module, as it was named; `undefined`: look for it in the current directory. */
  readonly apiPath: string | undefined;
  /** Title, version and description of the OpenAPI document. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly debug: boolean;
  /** Where the time of a call went, and what it was asked for, is printed at its end. */
  readonly profiling: boolean;
  readonly tracing: boolean;
  readonly format: FormatName;
  readonly compression: Compression;
  /** Local folders, from the root, or URIs; `undefined` where none was given. */
  readonly inputPath: string | undefined;
  readonly outputPath: string | undefined;
  /** The file of the result, in the output path; `undefined`: the result goes to stdout. */
  readonly outputFile: string | undefined;
}

/** Reads the settings for a command. Throws a `UsageError` where one is bad, whether the command needs it or not. */
export function readSettings(invocation: Invocation, command: string, flags: ResultFlags = {}): Settings {
  checkGpuTransport(invocation);
  const values: GlobalFlags = {
    ...fromEnvironment<GlobalFlags>(invocation, command, GLOBAL_FLAGS, true),
    ...given(invocation.global),
    ...given(flags),
  };
  const format = values.outputFormat ?? "json";
  const folder = (path: string | undefined) =>
    path === undefined || isUri(path) ? path : absolutePath(path, invocation.cwd);
  return {
    apiPath: values.apiPath,
    name: values.name ?? "Tesseract",
    version: values.version ?? "unknown",
    description: (values.description ?? "").replaceAll("\\n", "\n"),
    debug: values.debug ?? false,
    profiling: values.profiling ?? false,
    tracing: values.tracing ?? false,
    format,
    compression: values.compression ?? "none",
    inputPath: folder(values.inputPath),
    outputPath: folder(values.outputPath),
    // As Python's 0.9 does; before the command and in the environment the path only says where files go, as in 1.15.
    outputFile: values.outputFile ?? (flags.outputPath !== undefined ? defaultFile(format) : undefined),
  };
}

function defaultFile(format: FormatName): string {
  return `results.${infoOf(format).extension}`;
}

/** Without the flags that were not given, and without empty values, which are none. */
export function given<T extends object>(flags: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(flags).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<T>;
}
