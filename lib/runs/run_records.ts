import { csvField, jsonValue, shown, timestamp } from "./record_text.ts";
import type { TakeEvent } from "./run_events.ts";
import type { RunFolder } from "./run_folder.ts";

/** The functions by which user code records metrics, parameters and artifacts of a run. */
export interface Recorder {
  logMetric(key: string, value: number, step?: number): void;
  logParameter(key: string, value: unknown): void;
  logArtifact(path: string): void;
}

const METRICS_HEAD = "timestamp,key,value,step\n";

/**
 * Records of one run. Several calls may belong to it: each adds to the files that exist. A file is created when
 * something is first written to it. Without a folder nothing is kept, but bad arguments throw all the same. `takeEvent`
 * gets each metric.
 */
export function createRecorder(folder: RunFolder | undefined, takeEvent?: TakeEvent): Recorder {
  const steps = new Map<string, number>();
  const parameters = new Map<string, unknown>();
  return {
    logMetric(key, value, step) {
      checkKey("logMetric", key);
      checkNumber("a value", value);
      const count = steps.get(key) ?? 0;
      if (step !== undefined) checkNumber("a step", step);
      const now = timestamp(new Date());
      const line = [now, csvField(key), value, step ?? count].join(",");
      const begins = steps.size === 0;
      steps.set(key, count + 1);
      takeEvent?.({ type: "metric", data: { key, value, step: step ?? count, timestamp: now } });
      if (folder === undefined) return;
      const path = folder.file("logs/metrics.csv");
      if (begins) begin(path, METRICS_HEAD);
      Deno.writeTextFileSync(path, `${line}\n`, { append: true });
    },

    logParameter(key, value) {
      checkKey("logParameter", key);
      parameters.set(key, parameterOf(key, value));
      if (folder === undefined) return;
      const path = folder.file("logs/parameters.json");
      const all = Object.fromEntries([...entriesIn(path), ...parameters]);
      Deno.writeTextFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
    },

    logArtifact(path) {
      if (typeof path !== "string") throw new TypeError(`logArtifact: expected a path, a string, got ${shown(path)}`);
      const { isFile } = Deno.statSync(path);
      if (!isFile) throw new TypeError(`logArtifact: ${path} is not a file`);
      if (folder === undefined) return;
      const real = Deno.realPathSync(path);
      const copy = folder.file(`logs/artifacts/${path.slice(path.lastIndexOf("/") + 1)}`);
      if (real !== realPathOf(copy)) Deno.copyFileSync(path, copy);
    },
  };
}

/** Creates a file with its first line, unless it exists. */
function begin(path: string, head: string): void {
  try {
    Deno.writeTextFileSync(path, head, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** The entries of the object in a JSON file; none if it cannot be read, as while another call is writing it. */
function entriesIn(path: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(Deno.readTextFileSync(path)));
  } catch {
    return [];
  }
}

/** The real path of a file; `undefined` if it does not exist. */
function realPathOf(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

/** The value as it is stored: only what JSON has. */
function parameterOf(key: string, value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, jsonValue));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new TypeError(
      `logParameter: the value of ${shown(key)} cannot be recorded: it contains itself, or is nested too deeply`,
    );
  }
}

function checkKey(name: string, key: unknown): void {
  if (typeof key !== "string" || key === "") throw new TypeError(`${name}: expected a string as the key`);
}

function checkNumber(what: string, value: unknown): void {
  if (typeof value !== "number") {
    throw new TypeError(`logMetric: expected a number as ${what}, got ${shown(value)}`);
  }
}
