import { arrayText } from "./array_text.ts";
import type { EndpointReport, Failure, Report, TaylorReport } from "./types.ts";
import { indexText, shortNumber } from "./number_text.ts";

/** The report as it stands on stdout, with a line break at the end. */
export function formatReport(report: Report): string {
  const lines = report.endpoints.flatMap((endpoint) => endpointLines(endpoint, report.interrupted));
  lines.push(...adjointLines(report), ...taylorLines(report));
  if (report.verdicts.length > 0) {
    lines.push("Verdicts:");
    for (const { input, output, endpoints, text } of report.verdicts) {
      lines.push(`  '${output}' by '${input}', ${endpoints.join(", ")}: ${text}`);
    }
  }
  if (report.interrupted) lines.push("Interrupted: these are the checks until then");
  if (!report.passed) lines.push("❌ Some gradient checks failed ❌");
  return lines.map((line) => `${line}\n`).join("");
}

function headOf(what: string, passed: boolean, interrupted: boolean, counts: string): string {
  if (passed && interrupted) return `${what} was interrupted ${counts}`;
  return passed ? `✅ ${what} passed ✅ ${counts}` : `⚠️ ${what} failed ⚠️ ${counts}`;
}

function endpointLines(
  { endpoint, checks, failures, overruled, shown }: EndpointReport,
  interrupted: boolean,
): string[] {
  const aside = overruled > 0 ? `, ${overruled} differences overruled by the Taylor test` : "";
  const counts = `(${failures} failures / ${checks} checks${aside})`;
  const head = headOf(`Gradient check for ${endpoint}`, failures === 0, interrupted, counts);
  if (failures === 0) return [head];
  return [
    head,
    `First ${shown.length} failures:`,
    ...(shown.length === 0 ? [""] : shown.flatMap((failure) => failureLines(endpoint, failure))),
  ];
}

function failureLines(endpoint: string, failure: Failure): string[] {
  const { input, output, index, error, value, difference, dtype, outputElements } = failure;
  const head = `  Input path: '${input}', Output path: '${output}', Index: ${indexText(index)}`;
  if (error !== undefined) return [head, `  Encountered exception: ${error}`, ""];
  return [
    head,
    ...(outputElements ? [`  Output elements: ${elementList(outputElements)}`] : []),
    `  ${endpoint} value: ${arrayText(value!, dtype)}`,
    `  Finite difference value: ${arrayText(difference!, dtype)}`,
    "",
  ];
}

function elementList(elements: readonly (readonly number[])[]): string {
  const shown = elements.slice(0, 10).map(indexText).join(" ");
  return elements.length > 10 ? `${shown} … (${elements.length})` : shown;
}

function adjointLines({ adjoint, interrupted }: Report): string[] {
  if (adjoint.length === 0) return [];
  const failed = adjoint.filter(({ passed }) => !passed);
  const counts = `(${failed.length} failures / ${adjoint.length} comparisons)`;
  const head = headOf("Adjoint test", failed.length === 0, interrupted, counts);
  if (failed.length === 0) return [head];
  return [
    head,
    ...failed.map(({ input, output, endpoints: [first, second], values, error, tolerance, exception }) => {
      const paths = `  Input path: '${input}', Output path: '${output}': `;
      if (exception !== undefined) return `${paths}exception in ${exception}`;
      return `${paths}<w, J v> is ${shortNumber(values[0])} by ${first}, ${shortNumber(values[1])} by ${second}: ` +
        `relative difference ${shortNumber(error)}, allowed ${shortNumber(tolerance)}`;
    }),
    "",
  ];
}

function taylorLines({ taylor }: Report): string[] {
  if (!taylor || taylor.length === 0) return [];
  const count = (status: TaylorReport["status"]) => taylor.filter((test) => test.status === status).length;
  const [wrong, undecided] = [count("wrong"), count("undecided")];
  const counts = `(${wrong} failures / ${taylor.length} tests${undecided > 0 ? `, ${undecided} undecided` : ""})`;
  return [
    headOf("Taylor test", wrong === 0, false, counts),
    ...groupedByEndpoint(taylor).map(({ endpoints, test: { input, output, status, slope, range, bestEps, noise } }) => {
      const found = slope === null || range === null
        ? status === "right" ? "the remainder is within the noise (linear)" : "no slope is above the noise"
        : `slope ${slope.toFixed(2)} for h from ${shortNumber(range[0])} to ${shortNumber(range[1])}`;
      const eps = bestEps === null ? "" : `, best eps ${shortNumber(bestEps)}`;
      return `  '${output}' by '${input}', ${endpoints.join(", ")}: ${status}; ${found}, noise ${
        shortNumber(noise)
      }${eps}`;
    }),
    ...(wrong > 0 ? [""] : []),
  ];
}

/** Groups the tests of one pair of paths that have the same result for several endpoints. */
function groupedByEndpoint(tests: readonly TaylorReport[]): { endpoints: string[]; test: TaylorReport }[] {
  const groups = new Map<string, { endpoints: string[]; test: TaylorReport }>();
  for (const test of tests) {
    const { input, output, status, slope, range } = test;
    const key = JSON.stringify([input, output, status, slope?.toFixed(2), range]);
    const group = groups.get(key);
    if (group) group.endpoints.push(test.endpoint);
    else groups.set(key, { endpoints: [test.endpoint], test });
  }
  return [...groups.values()];
}
