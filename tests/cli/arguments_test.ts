import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { normalize, splitArguments } from "../../lib/cli/options/arguments.ts";

const split = (...args: string[]) => {
  const { front, command, rest } = splitArguments(args, new Set(["--debug", "-h", "--help", "--version"]));
  return [front, command, rest];
};

const SPLITS: [string, string[], [front: string[], command: string | undefined, rest: string[]]][] = [
  ["no arguments", [], [[], undefined, []]],
  ["a command", ["apply", "{}"], [[], "apply", ["{}"]]],
  ["options before the command, each with its value", ["--name", "x", "-o", "out", "apply", "{}"], [
    ["--name", "x", "-o", "out"],
    "apply",
    ["{}"],
  ]],
  ["a switch takes no value", ["--debug", "check"], [["--debug"], "check", []]],
  ["a value by =", ["--name=x", "check"], [["--name=x"], "check", []]],
  ["an empty value", ["--name=", "check"], [["--name="], "check", []]],
  ["a value attached to a short option", ["-fjson", "apply", "{}"], [["-fjson"], "apply", ["{}"]]],
  ["help and version", ["-h", "--version", "apply"], [["-h", "--version"], "apply", []]],
];

for (const [name, args, expected] of SPLITS) {
  Deno.test(`splitArguments() reads ${name}`, () => deepStrictEqual(split(...args), expected));
}

Deno.test("splitArguments() leaves a payload as it is, whatever is in it", () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.startsWith("-")), (payload) => {
    deepStrictEqual(split("--debug", "apply", payload), [["--debug"], "apply", [payload]]);
  }));
});

const NORMAL: [string, string[], string[]][] = [
  ["a value attached to a short option", ["-ojson", "-o=x"], ["--output-path=json", "--output-path=x"]],
  ["an empty value", ["--name="], ["--name", ""]],
  ["-h", ["-h"], ["--help"]],
  ["-h with a value", ["-h", "0.0.0.0"], ["--host", "0.0.0.0"]],
  ["-h before an option", ["-h", "-p", "80"], ["--help", "-p", "80"]],
  ["nothing after --", ["--", "-h", "-ox"], ["--", "-h", "-ox"]],
  ["no payload", ['{"a": "-h"}', "-1", "@-"], ['{"a": "-h"}', "-1", "@-"]],
];

for (const [name, args, expected] of NORMAL) {
  Deno.test(`normalize() spells out ${name}`, () => {
    deepStrictEqual(normalize(args, { o: "outputPath", h: "host" }), expected);
  });
}

Deno.test("normalize() takes -h for the help where it is no alias, whatever follows", () => {
  deepStrictEqual(normalize(["-h", "0.0.0.0"], {}), ["--help", "0.0.0.0"]);
});
