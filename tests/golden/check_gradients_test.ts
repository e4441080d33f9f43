/**
 * Replays what the Python runtime's check-gradients found against the real program: the exit code, the verdict on each
 * endpoint, and what is said of each failure. How many checks there are is not compared: they draw elements with
 * repeats, and we without (contract, gradients.md).
 */
import assert from "node:assert/strict";
import type { ModuleName } from "./cases.ts";
import type { Row } from "./deviations.ts";
import { inParallel, program, twin } from "./program.ts";

interface Recorded {
  readonly id: string;
  readonly version: string;
  readonly module: ModuleName;
  readonly payload: unknown;
  readonly args: readonly string[];
  readonly exit: number;
  readonly report: string;
  readonly summary: Readonly<Record<string, { readonly passed: boolean }>>;
}

interface Deviation {
  readonly row: Row;
  readonly exit: number;
  /** Do the endpoints pass? Left out: none is reported on. */
  readonly passed?: boolean;
  /** What stderr says. */
  readonly says?: RegExp;
}

const ENDPOINTS = ["jacobian", "jacobian_vector_product", "vector_jacobian_product"];

/** By id, or id and version where only one of them deviates. */
const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  "vectoradd-unknown-endpoint": { row: 20, exit: 2, says: /--endpoints: .*'apply'.*jacobian/ },
  "vectoradd-dashed-endpoint": { row: 20, exit: 2, says: /--endpoints: .*'jacobian-vector-product'/ },
  "vectoradd-unknown-input-path": { row: 20, exit: 2, says: /--input-paths: 'q'.*'a', 'b', 's'/ },
  "vectoradd-unknown-output-path": { row: 20, exit: 2, says: /--output-paths: 'q'.*'result'/ },
  "vectoradd-bad-payload": { row: 20, exit: 2, says: /inputs\.b: / },
  "nested-bad-path": { row: 20, exit: 2, says: /--input-paths: 'layers\.\[5\]\.weight'/ },
  "vectoradd-no-show-progress 0.9.1": { row: "versions 16", exit: 0, passed: true },
  "nested 0.9.1": { row: "versions 16", exit: 0, passed: true },
  "nested 1.15.0": { row: "versions 17", exit: 0, passed: true },
};

/** Its failures are rounding errors, of which there are fewer here: differences are divided by the step that was made. */
const ROUNDING = "vectoradd-strict-rtol";

const cases = Deno.readTextFileSync(new URL("data/check-gradients.jsonl", import.meta.url)).trimEnd().split("\n")
  .map((line) => JSON.parse(line) as Recorded);

Deno.test("there is a case for every deviation listed for check-gradients", () => {
  const known = new Set(cases.flatMap(({ id, version }) => [id, `${id} ${version}`]));
  assert.deepEqual(Object.keys(DEVIATIONS).filter((id) => !known.has(id)), []);
});

Deno.test(`check-gradients judges ${cases.length} times as recorded`, async () => {
  const wrong: string[] = [];
  await inParallel(cases, 2, async (recorded) => {
    const { id, version } = recorded;
    const deviation = DEVIATIONS[`${id} ${version}`] ?? DEVIATIONS[id];
    for (const difference of await replay(recorded, deviation)) {
      wrong.push(`${id} ${version}: ${difference}${deviation ? ` (row ${deviation.row})` : ""}`);
    }
  });
  assert.deepEqual(wrong, []);
});

async function replay(recorded: Recorded, deviation: Deviation | undefined): Promise<string[]> {
  const args = recorded.args.map((arg) => arg === "<payload>" ? JSON.stringify(recorded.payload) : arg);
  const env = { TESSERACT_API_PATH: twin(recorded.module) };
  const output = await program(args, { cwd: Deno.cwd(), env }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes)) as [
    string,
    string,
  ];
  const differences: string[] = [];
  const compare = (what: string, found: unknown, expected: unknown) => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a !== b) differences.push(`${what} ${a} instead of ${b}; stderr: ${stderr.slice(0, 300)}`);
  };
  compare("exit code", output.code, deviation?.exit ?? recorded.exit);
  const found = Object.fromEntries(
    [...stdout.matchAll(/Gradient check for (\w+) (passed|failed)/g)].map(([, name, verdict]) => [name, verdict]),
  );
  const verdict = (passed: boolean) => passed ? "passed" : "failed";
  const expected = deviation
    ? Object.fromEntries(
      deviation.passed === undefined ? [] : ENDPOINTS.map((name) => [name, verdict(deviation.passed!)]),
    )
    : Object.fromEntries(Object.entries(recorded.summary).map(([name, { passed }]) => [name, verdict(passed)]));
  compare("verdicts", found, expected);
  if (Object.keys(expected).length === 0) compare("stdout", stdout, "");
  else compare("stderr", stderr, "");
  if (deviation?.says && !deviation.says.test(stderr)) differences.push(`stderr is ${stderr}`);
  const ours = failuresIn(stdout);
  if (deviation === undefined && recorded.id !== ROUNDING && !cutShort(stdout)) {
    for (const failure of failuresIn(recorded.report)) {
      if (!ours.has(failure)) differences.push(`nothing is said of\n${failure}\nbut\n${[...ours].join("\n")}`);
    }
  }
  return differences;
}

/** The failures that a report shows, in its own words but for what Python calls an exception. */
function failuresIn(report: string): Set<string> {
  const failures = new Set<string>();
  let endpoint = "";
  for (const block of report.split("\n\n")) {
    endpoint = /Gradient check for (\w+) failed/.exec(block)?.[1] ?? endpoint;
    const text = /^ {2}Input path: .*/ms.exec(block)?.[0];
    if (text === undefined) continue;
    failures.add(`${endpoint}\n${text.replace(/'(.*)' in file .*/, "$1").replace(/ in file .*/, "")}`.trimEnd());
  }
  return failures;
}

/** Are there more failures than a report shows? */
function cutShort(report: string): boolean {
  return [...report.matchAll(/\((\d+) failures \/.*\n(?:First (\d+) failures)?/g)].some(([, all, shown = "0"]) =>
    all !== shown
  );
}
