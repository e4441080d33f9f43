/**
 * The recorded cases: requests and what the Python runtime answered.
 * @module
 */
import { fromMsgpack } from "./decode.ts";
import { type Json, parseExact } from "./exact_json.ts";

/** The recorded user modules, each with a twin in modules/. */
export const MODULES = ["vectoradd", "univariate", "nested", "dtypes", "minimal", "faulty"] as const;
export type ModuleName = (typeof MODULES)[number];

/** A recorded case; data/README of the fixtures says what the keys mean. */
export interface Case {
  readonly module: ModuleName;
  readonly id: string;
  readonly via: "http" | "cli";
  readonly version: "1.15.0" | "0.9.1";
  readonly endpoint: string;
  readonly format: "json" | "json+base64" | "json+binref" | "msgpack" | null;
  readonly payload?: Json;
  /** The payload's own text. */
  readonly payload_source?: string;
  readonly payload_text?: string;
  readonly payload_b64?: string;
  readonly method?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly query?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin_b64?: string;
  readonly files_in?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly content_type?: string | null;
  readonly allow?: string;
  readonly exit?: number;
  readonly stderr?: string;
  readonly result_file?: string;
  readonly result?: Json;
  readonly result_text?: string;
  readonly result_b64?: string;
  readonly files_out?: Readonly<Record<string, string>>;
  readonly log?: string;
}

/** All cases of a module. */
export function casesOf(module: ModuleName): Case[] {
  const text = Deno.readTextFileSync(new URL(`data/${module}/cases.jsonl`, import.meta.url));
  return text.trimEnd().split("\n").map((line) => {
    const recorded = { ...(parseExact(line) as unknown as Case), module };
    return recorded.payload === undefined ? recorded : { ...recorded, payload_source: sourceOf(line, "payload") };
  });
}

/** The text of a value in a line of JSON, as it stands there: `1.0` and `-0.0` would not survive parsing. */
function sourceOf(line: string, key: string): string {
  const start = line.indexOf(`"${key}": `) + key.length + 4;
  let depth = 0;
  for (const { 0: token, index } of line.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    if (depth === 0 && token === ",") return line.slice(start, start + index);
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
  }
  throw new Error(`nothing follows ${key}`);
}

/** What is replayed over HTTP: the cases of 1.15.0, and those of 0.9.1 that only it has. */
export function httpCases(module: ModuleName): Case[] {
  const cases = casesOf(module).filter(({ via }) => via === "http");
  const newest = new Set(cases.filter(({ version }) => version === "1.15.0").map(({ id }) => id));
  return cases.filter(({ id, version }) => version === "1.15.0" || !newest.has(id));
}

/** What is replayed on the command line: the cases of both versions. */
export function cliCases(module: ModuleName): Case[] {
  return casesOf(module).filter(({ via }) => via === "cli");
}

/** The payload as text, its `<dir>` replaced; `undefined` where there is none, or it is bytes. */
export function payloadText(recorded: Case, dir: string): string | undefined {
  const text = recorded.payload_text ?? recorded.payload_source;
  return text?.replaceAll("<dir>", dir);
}

/** The recorded answer as a tree; `undefined` where it was not kept, or is no JSON. */
export function recordedResult(recorded: Case): Json | undefined {
  if (recorded.result_b64 !== undefined && isMsgpack(recorded)) return fromMsgpack(bytesOf(recorded.result_b64));
  if (recorded.result !== undefined || recorded.result_text === undefined) return recorded.result;
  try {
    return parseExact(recorded.result_text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Bytes of what is recorded in base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Is the recorded answer in msgpack? */
export function isMsgpack({ format, accept, result_file }: Case): boolean {
  return format === "msgpack" || accept === "application/msgpack" || !!result_file?.endsWith(".msgpack");
}
