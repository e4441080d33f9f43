/**
 * The cases in which the contract decides otherwise than the recording: which row of the fixtures' README says so
 * ("Where the contract decides otherwise"), and what the contract answers.
 * @module
 */
import { type Case, casesOf, type ModuleName, recordedResult } from "./cases.ts";
import { CLI_DEVIATIONS } from "./deviations_cli.ts";
import { HTTP_DEVIATIONS, HTTP_RULES } from "./deviations_http.ts";
import { type FaultKey, faultsOf } from "./compare.ts";
import type { Json } from "./exact_json.ts";

/** What an answer must be, as far as it is looked at. */
export interface Expectation {
  readonly status?: number | undefined;
  /** The media type, without parameters. */
  readonly media?: string | undefined;
  readonly allow?: string | undefined;
  readonly exit?: number | undefined;
  readonly result?: Json | undefined;
  /** Of a 422; `undefined`: whatever they are. */
  readonly faults?: readonly FaultKey[] | undefined;
  /** On the command line: what stderr names. */
  readonly places?: readonly string[] | undefined;
}

/**
 * A row of the README's last table; `versions 24`: of the table before it, where the contract sides with 1.15.0;
 * `http.md`: what that part of the contract has since added.
 */
export type Row = number | `versions ${number}` | "http.md";

/** What the contract answers instead. */
export interface Deviation {
  readonly row: Row;
  readonly expected: Expectation;
}

/** A row that speaks of a kind of cases: what it makes of the recorded answer, `undefined` where it does not apply. */
export interface Rule {
  readonly row: Row;
  apply(recorded: Case, expected: Expectation): Expectation | undefined;
}

/** Deviations by id, of one module. */
export type Deviations = Partial<Record<ModuleName, Readonly<Record<string, Deviation>>>>;

/** What was recorded, as an expectation. */
export function recordedExpectation(recorded: Case): Expectation {
  const result = recordedResult(recorded);
  const invalid = recorded.status === 422;
  return {
    status: recorded.status,
    media: recorded.content_type?.split(";")[0],
    allow: recorded.allow,
    exit: recorded.exit,
    result: invalid ? undefined : result,
    faults: invalid ? faultsOf(result) : undefined,
    places: recorded.exit === 2 ? placesOf(recorded) : undefined,
  };
}

/** What the contract answers where it decides otherwise; `undefined`: the recorded answer holds. */
export function deviationOf(recorded: Case): Deviation | undefined {
  const { module, via, version, id } = recorded;
  if (via === "cli") return CLI_DEVIATIONS[module]?.[`${id} ${version}`] ?? CLI_DEVIATIONS[module]?.[id];
  const listed = HTTP_DEVIATIONS[module]?.[id];
  if (listed !== undefined) return listed;
  const plain = recordedExpectation(recorded);
  for (const { row, apply } of HTTP_RULES) {
    const expected = apply(recorded, plain);
    if (expected !== undefined) return { row, expected };
  }
  return undefined;
}

/** Listed ids of which there is no case. */
export function unknownIds(via: "http" | "cli", module: ModuleName, cases: readonly Case[]): string[] {
  const table = via === "http" ? HTTP_DEVIATIONS : CLI_DEVIATIONS;
  const known = new Set(cases.flatMap(({ id, version }) => [id, `${id} ${version}`]));
  return Object.keys(table[module] ?? {}).filter((id) => !known.has(id));
}

/** The dotted places that 1.15.0 names on stderr (0.9.1 adds Python's names of types to them). */
function placesOf(recorded: Case): string[] {
  const newest = recorded.version === "1.15.0"
    ? recorded
    : casesOf(recorded.module).find(({ via, version, id }) =>
      via === "cli" && version === "1.15.0" && id === recorded.id
    );
  const [, report = ""] = newest?.stderr?.split(/validation errors? for \S+/) ?? [];
  const lines = report.split("\n").slice(1).map((line) => line.replace(/^│ | *│$/g, ""));
  return lines.filter((line) => /^[a-z_][\w.'{}[\]]*$/.test(line)).map((line) => line.replace(/\.literal\[.*$/, ""));
}
