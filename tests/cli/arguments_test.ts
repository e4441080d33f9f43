import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { splitArguments } from "../../lib/cli/options/arguments.ts";

const split = (...args: string[]) => splitArguments(args, new Set(["debug"]));

const CASES: [string, string[], ReturnType<typeof split>][] = [
  ["no arguments", [], { wish: "command", global: [], command: [] }],
  ["a command", ["apply", "{}"], { wish: "command", global: [], command: ["apply", "{}"] }],
  ["options before the command, each with its value", ["--name", "x", "-o", "out", "apply", "{}"], {
    wish: "command",
    global: ["--name", "x", "-o", "out"],
    command: ["apply", "{}"],
  }],
  ["a switch takes no value", ["--debug", "check"], { wish: "command", global: ["--debug"], command: ["check"] }],
  ["a value by =", ["--name=x", "check"], { wish: "command", global: ["--name=x"], command: ["check"] }],
  ["an empty value", ["--name=", "check"], { wish: "command", global: ["--name", ""], command: ["check"] }],
  ["a value attached to a short option", ["-fjson", "apply", "{}", "-oout"], {
    wish: "command",
    global: ["--output-format=json"],
    command: ["apply", "{}", "--output-path=out"],
  }],
  ["help", ["-h"], { wish: "help", global: [], command: [] }],
  ["help wins over version", ["--help", "--version"], { wish: "help", global: [], command: [] }],
  ["version", ["--version", "apply"], { wish: "version", global: [], command: ["apply"] }],
  ["a version is set", ["--version=2", "apply"], { wish: "command", global: ["--version=2"], command: ["apply"] }],
  ["-h after a command", ["apply", "-h"], { wish: "command", global: [], command: ["apply", "--help"] }],
  ["-h of serve alone", ["serve", "-h"], { wish: "command", global: [], command: ["serve", "--help"] }],
  ["-h of serve before an option", ["serve", "-h", "-p", "80"], {
    wish: "command",
    global: [],
    command: ["serve", "--help", "-p", "80"],
  }],
  ["-h of serve with a host", ["serve", "-h", "0.0.0.0", "-p80"], {
    wish: "command",
    global: [],
    command: ["serve", "--host", "0.0.0.0", "--port=80"],
  }],
  ["nothing is touched after --", ["apply", "--", "-h"], {
    wish: "command",
    global: [],
    command: ["apply", "--", "-h"],
  }],
];

for (const [name, args, expected] of CASES) {
  Deno.test(`splitArguments() reads ${name}`, () => deepStrictEqual(split(...args), expected));
}

Deno.test("splitArguments() leaves a payload as it is, whatever is in it", () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.startsWith("-")), (payload) => {
    deepStrictEqual(split("--debug", "apply", payload).command, ["apply", payload]);
  }));
});
