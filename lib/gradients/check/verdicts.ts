import type { AdjointReport, GradientEndpoint, PairReport, Report, TaylorReport, Verdict } from "./types.ts";
import { indexText, shortNumber } from "./number_text.ts";

/** What the tests found. */
type TestResults = Pick<Report, "endpoints" | "adjoint" | "taylor">;

/**
 * Conclusions from the tests: for which pairs of paths an endpoint and the finite differences disagree, by how much,
 * and which of the two is probably wrong.
 */
export function verdictsOn(found: TestResults): Verdict[] {
  const verdicts: Verdict[] = [];
  const pairs = found.endpoints[0]?.pairs ?? [];
  for (const { input, output } of pairs) {
    const isHere = (pair: { input: string; output: string }) => pair.input === input && pair.output === output;
    const evidence = found.endpoints.map(({ endpoint, pairs }): Evidence => ({
      endpoint,
      pair: pairs.find(isHere),
      taylor: found.taylor?.find((test) => isHere(test) && test.endpoint === endpoint),
    }));
    const adjoint = found.adjoint.filter((test) => isHere(test) && !test.passed);
    const byText = new Map<string, { endpoints: GradientEndpoint[]; doubt: Verdict["doubt"] }>();
    for (const one of evidence) {
      const opinion = opinionOn(one, evidence, adjoint);
      if (!opinion) continue;
      const known = byText.get(opinion.text);
      if (known) known.endpoints.push(one.endpoint);
      else byText.set(opinion.text, { endpoints: [one.endpoint], doubt: opinion.doubt });
    }
    for (const [text, { endpoints, doubt }] of byText) verdicts.push({ input, output, endpoints, doubt, text });
  }
  return verdicts;
}

interface Evidence {
  readonly endpoint: GradientEndpoint;
  readonly pair: PairReport | undefined;
  readonly taylor: TaylorReport | undefined;
}

type Opinion = Pick<Verdict, "doubt" | "text">;

function opinionOn(one: Evidence, all: readonly Evidence[], adjoint: readonly AdjointReport[]): Opinion | undefined {
  const { endpoint, pair, taylor } = one;
  const disagreeing = adjoint.filter(({ endpoints }) => endpoints.includes(endpoint));
  const exception = disagreeing.find(({ exception }) => exception?.startsWith(`${endpoint}: `))?.exception;
  if (pair && pair.errors > 0) {
    return { doubt: "endpoint", text: `${pair.errors} of ${pair.checks} checks ended with an exception` };
  }
  if (exception) return { doubt: "endpoint", text: `a random vector ended in an exception: ${exception}` };
  if (taylor?.status === "wrong") return { doubt: "endpoint", text: `doubt the endpoint: ${taylorWords(one)}` };

  const failures = pair ? pair.failures + pair.overruled : 0;
  if (failures > 0) {
    if (taylor?.status === "right") return { doubt: "difference", text: overruledWords(pair!, taylor) };
    return withoutTaylor(one, all, disagreeing);
  }
  if (taylor?.status === "undecided") {
    const text =
      `the Taylor test cannot decide: around these inputs apply is too noisy (${shortNumber(taylor.noise)}), ` +
      "not smooth, or fails";
    return { doubt: "either", text };
  }
  const apart = disagreeing.filter(({ exception }) => exception === undefined);
  if (apart.length === 0) return undefined;
  const others = apart.map(({ endpoints }) => endpoints.find((name) => name !== endpoint)!);
  const theirs = all.filter(({ endpoint }) => others.includes(endpoint));
  if (theirs.some(({ pair, taylor }) => (pair?.failures ?? 0) > 0 || taylor?.status === "wrong")) return undefined;
  const [{ error, tolerance }] = apart as [AdjointReport];
  const text = `the adjoint test: apart from ${others.join(" and ")} by ${shortNumber(error)} of the value (allowed: ` +
    `${shortNumber(tolerance)}), which is too little for ${
      taylor ? "the Taylor test" : "the differences"
    } to tell which is ` +
    `wrong${taylor ? "" : "; try --taylor"}`;
  return { doubt: "endpoint", text };
}

function taylorWords({ pair, taylor }: Evidence): string {
  const { outputIndex, value, measured } = taylor!.worst!;
  const off = percent(Math.abs(value - measured) / Math.abs(measured));
  const words =
    `along a random direction element ${indexText(outputIndex)} of the output changes by ${shortNumber(measured)}, ` +
    `the endpoint says ${shortNumber(value)} (${sayOff(off, value, measured)})`;
  const worst = pair?.worst;
  return worst && worst.value !== worst.difference
    ? `${words}; of the elements of the input, ${indexText(worst.index)} is furthest off`
    : words;
}

function overruledWords(pair: PairReport, { noise, bestEps }: TaylorReport): string {
  const count = `${pair.failures + pair.overruled} of ${pair.checks}`;
  const why = pair.roundedAway
    ? `the step ${shortNumber(pair.eps)} is lost in rounding`
    : `with the step ${shortNumber(pair.eps)} and a noise of ${shortNumber(noise)} in apply they are not exact enough`;
  const instead = bestEps === null ? "" : `; use --eps-for ${pair.input}=${shortNumber(bestEps)}`;
  return `doubt the difference: ${count} differ, but the Taylor test finds the endpoint right; ${why}${instead}`;
}

/** Differences that fail, and no Taylor test that says whose fault it is. */
function withoutTaylor(
  { endpoint, pair, taylor }: Evidence,
  all: readonly Evidence[],
  disagreeing: readonly AdjointReport[],
): Opinion {
  const { index, outputIndex, value, difference } = pair!.worst!;
  const ratio = sayOff(percent(Math.abs(value - difference) / Math.abs(difference)), value, difference);
  const where =
    `at ${indexText(index)}, element ${indexText(outputIndex)} of the output: ${shortNumber(value)} by the endpoint, ` +
    `${shortNumber(difference)} by differences (${ratio})`;
  if (pair!.roundedAway) {
    const text = `doubt the difference: its step ${shortNumber(pair!.eps)} is lost in rounding; take a larger --eps`;
    return { doubt: "difference", text };
  }
  const others = all.filter((other) => other.endpoint !== endpoint);
  const witness = others.find((other) =>
    other.pair?.failures === 0 && disagreeing.some(({ endpoints }) => endpoints.includes(other.endpoint))
  );
  if (witness) {
    const text = `doubt the endpoint: ${witness.endpoint} agrees with the differences, and it does not; ${where}`;
    return { doubt: "endpoint", text };
  }
  const agreed = others.length > 0 && disagreeing.length === 0 ? "; all endpoints agree with each other" : "";
  const next = taylor ? "the Taylor test cannot decide" : "--taylor tells whether the endpoint or the step is wrong";
  return { doubt: "either", text: `${where}${agreed}; ${next}` };
}

function sayOff(off: string, value: number, right: number): string {
  if (Number.isNaN(value)) return "not a number";
  const ratio = value / right;
  if (Math.abs(ratio + 1) < 0.01) return "the opposite sign";
  if (Math.abs(right) < 1e-6 * Math.abs(value)) return "where it is zero";
  return Math.abs(ratio) > 10 || Math.abs(ratio) < 0.1 ? `${shortNumber(ratio)} times as much` : `${off} off`;
}

const percent = (fraction: number): string => `${shortNumber(100 * fraction)} %`;
