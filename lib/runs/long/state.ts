/**
 * The state of a long run: the document that clients see, and what else servers have to know.
 * @module
 */
import { type Compression, COMPRESSIONS, FORMAT_NAMES, type FormatName } from "../../formats/registry.ts";
import { shortened } from "../record_text.ts";
import type { Progress } from "../run_events.ts";
import { isUuid } from "./names.ts";
import { isRecord } from "../../is_record.ts";

export const RUN_STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type RunStatus = typeof RUN_STATUSES[number];

/** The state of a run as clients see it. Times are in ISO 8601. */
export interface RunDocument {
  readonly run_id: string;
  readonly endpoint: string;
  readonly status: RunStatus;
  readonly progress: Progress | null;
  readonly created: string;
  readonly started: string | null;
  readonly finished: string | null;
  /** Why it failed. */
  readonly error: string | null;
}

export interface RunRequest {
  /** A digest of endpoint, formats and body: requests with the same digest are the same. */
  readonly digest: string;
  readonly bodyFormat: FormatName;
  readonly format: FormatName;
  readonly compression: Compression;
}

/** The headers of an answer that are stored. */
export const ANSWER_HEADERS: readonly string[] = ["content-type", "cache-control", "retry-after"];

/** The answer without its body. */
export interface StoredAnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What identifies a run: its name may be used again when the run is forgotten, its UUID never. */
export interface RunKey {
  readonly run_id: string;
  /** A UUID, in the names of all files of this run. */
  readonly uid: string;
}

/** All that is stored of the state of a run. */
export interface RunState extends RunDocument, RunKey {
  readonly request: RunRequest;
  /** The server that runs it, or is going to. */
  readonly owner: string;
  /** `null`: there is none yet, or never will be, because the run was cancelled or lost. */
  readonly answer: StoredAnswerHead | null;
}

/** Has the run ended? Then its state never changes again. */
export const hasEnded = ({ status }: Pick<RunDocument, "status">): boolean =>
  status !== "queued" && status !== "running";

/** The part that clients see. */
export function documentOf(state: RunState): RunDocument {
  const { run_id, endpoint, status, progress, created, started, finished, error } = state;
  return { run_id, endpoint, status, progress, created, started, finished, error };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));
const isOneOf = (values: readonly string[], value: unknown): boolean => isText(value) && values.includes(value);

/** Reads what was stored of the run; `undefined` if it is not what this program writes: anyone may have changed it. */
export function parseState(text: string, id: string): RunState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { run_id, uid, endpoint, status, progress, created, started, finished, error, request, owner, answer } = value;
  const isValid = run_id === id && isText(uid) && isUuid(uid) && isText(endpoint) && isOneOf(RUN_STATUSES, status) &&
    isTime(created) &&
    (started === null || isTime(started)) && (finished === null || isTime(finished)) &&
    (error === null || isText(error)) && isText(owner) && isUuid(owner) &&
    (progress === null || isProgress(progress)) && (answer === null || isAnswer(answer)) && isRequest(request) &&
    (finished === null) === !hasEnded({ status: status as RunStatus });
  return isValid ? value as unknown as RunState : undefined;
}

const isFraction = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= 1;

/** The progress in an event. Its message is cut (`shortened`): user code may have written the event itself. */
export function progressIn(data: unknown): Progress | undefined {
  if (!isProgress(data)) return undefined;
  return { fraction: data.fraction, message: data.message === null ? null : shortened(data.message) };
}

const isProgress = (value: unknown): value is Progress =>
  isRecord(value) && isFraction(value["fraction"]) && (value["message"] === null || isText(value["message"]));

const isAnswer = (value: unknown): boolean =>
  isRecord(value) && isStatus(value["status"]) && isRecord(value["headers"]) &&
  Object.entries(value["headers"]).every(([name, text]) => ANSWER_HEADERS.includes(name) && isHeaderText(text));

/** A call answers with 200 or an error. */
const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && (value === 200 || Number(value) >= 400 && Number(value) < 600);
const isHeaderText = (value: unknown): boolean => isText(value) && /^[\x20-\x7e]{0,1000}$/.test(value);

const isRequest = (value: unknown): boolean =>
  isRecord(value) && isText(value["digest"]) &&
  isOneOf(FORMAT_NAMES, value["bodyFormat"]) && isOneOf(FORMAT_NAMES, value["format"]) &&
  isOneOf(COMPRESSIONS, value["compression"]);
