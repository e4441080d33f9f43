import { deepStrictEqual, rejects } from "node:assert/strict";
import fc from "fast-check";
import { decimal, integer, list, text, toggle, value } from "../../lib/cli/options/option.ts";
import { parse } from "../../lib/cli/options/parse.ts";

const OPTIONS = {
  name: text("TEXT", ""),
  outputPath: text("PATH", ""),
  host: text("HOST", ""),
  eps: value("STEP", "", decimal(() => true, "a number")),
  seed: value("INT", "", integer(0)),
  path: list("PATH", "", String),
  sbatch: text("OPTIONS", "", { takesDashes: true }),
  shell: text("SHELL", "", { mayLackValue: true }),
  version: text("TEXT", "", { mayLackValue: "=" }),
  debug: toggle(""),
  showProgress: toggle("", { withNegated: true }),
};
const ALIASES = { o: "outputPath", h: "host" };
const PAYLOADS = [{ placeholder: "PAYLOAD", brief: "a payload", takes: "repeated" }] as const;

type Read = readonly [options: Record<string, unknown>, args: string[]];

const CASES: readonly (readonly [what: string, words: string[], Read])[] = [
  ["arguments and options in any order", ["--name", "x", "a", "--debug", "b"], [{ name: "x", debug: true }, [
    "a",
    "b",
  ]]],
  ["a value by =", ["--name=x=y", "{}"], [{ name: "x=y" }, ["{}"]]],
  ["an empty value", ["--name=", "{}"], [{ name: "" }, ["{}"]]],
  ["a value with line breaks", ["--name=x\ny", "{}"], [{ name: "x\ny" }, ["{}"]]],
  ["short names", ["-o", "x", "{}"], [{ outputPath: "x" }, ["{}"]]],
  ["a value attached to a short name", ["-ox", "{}"], [{ outputPath: "x" }, ["{}"]]],
  ["a value by = after a short name", ["-o=x", "{}"], [{ outputPath: "x" }, ["{}"]]],
  ["-h with a value where it is a short name", ["-h", "0.0.0.0", "{}"], [{ host: "0.0.0.0" }, ["{}"]]],
  ["a negative number as a value", ["--eps", "-1e-4", "{}"], [{ eps: -1e-4 }, ["{}"]]],
  ["a negative number as an argument", ["-1", "@-"], [{}, ["-1", "@-"]]],
  ["dashes in a value that may have them", ["--sbatch", "--time=1", "{}"], [{ sbatch: "--time=1" }, ["{}"]]],
  ["values of a list", ["--path", "a", "--path=b", "{}"], [{ path: ["a", "b"] }, ["{}"]]],
  ["a missing value that may be missing", ["--shell", "--debug", "{}"], [{ shell: "", debug: true }, ["{}"]]],
  ["a value that may be missing", ["--shell", "bash", "{}"], [{ shell: "bash" }, ["{}"]]],
  ["a value only behind =", ["--version", "{}"], [{ version: "" }, ["{}"]]],
  ["such a value", ["--version=1", "{}"], [{ version: "1" }, ["{}"]]],
  ["switches", ["--no-show-progress", "--debug=false", "{}"], [{ showProgress: false, debug: false }, ["{}"]]],
  ["only arguments after --", ["--", "--debug", "-ox", "--help"], [{}, ["--debug", "-ox", "--help"]]],
  ["a payload that looks like options inside", ['{"a": "-h"}'], [{}, ['{"a": "-h"}']]],
];

for (const [what, words, [options, args]] of CASES) {
  Deno.test(`parse() reads ${what}`, async () => {
    deepStrictEqual(await parse(words, OPTIONS, ALIASES, PAYLOADS), { options, args, isHelp: false });
  });
}

const MISTAKES: readonly (readonly [what: string, words: string[], message: string])[] = [
  ["an option given twice", ["--name", "x", "--name=y", "{}"], "--name is given twice"],
  ["a short name without its value", ["{}", "-o"], "--output-path needs a value"],
  ["-- in the place of a value", ["--name", "--", "{}"], "--name needs a value"],
  ["a value of a negated switch", ["--no-show-progress=true", "{}"], "--no-show-progress takes no value"],
  ["a value that is not true or false", ["--debug=maybe", "{}"], '--debug: expected true or false, got "maybe"'],
  ["no argument", ["--debug"], "the argument PAYLOAD (a payload) is missing"],
  [
    "several mistakes",
    ["--name", "--seed", "x", "{}"],
    '--name needs a value\n--seed: expected a whole number from 0 on, got "x"',
  ],
];

for (const [what, words, message] of MISTAKES) {
  Deno.test(`parse() reports ${what}`, async () => {
    await rejects(parse(words, OPTIONS, ALIASES, PAYLOADS), { name: "UsageError", message });
  });
}

Deno.test("parse() takes --help and -h for the help, whatever else is wrong", async () => {
  const help = { options: {}, args: [], isHelp: true };
  for (const words of [["--help"], ["-h"], ["-h", "--debug"], ["--nope", "a", "--help"], ["--seed", "x", "-h"]]) {
    deepStrictEqual(await parse(words, OPTIONS, ALIASES, []), help);
  }
  deepStrictEqual(await parse(["-h", "0.0.0.0"], OPTIONS, {}, []), help, "-h is no short name");
  deepStrictEqual((await parse(["--name", "x", "-h", "0.0.0.0"], OPTIONS, ALIASES, [])).isHelp, false);
});

Deno.test("parse() without arguments of its own ends at the first one, and leaves the rest as it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string().filter((word) => !word.startsWith("-")), fc.array(fc.string()), async (word, rest) => {
      const { options, args } = await parse(["--debug", "-o", "out", word, ...rest], OPTIONS, ALIASES);
      deepStrictEqual([options, args], [{ debug: true, outputPath: "out" }, [word, ...rest]]);
    }),
  );
});

Deno.test("parse() takes any words for options, arguments or mistakes", async () => {
  const word = fc.oneof(fc.string(), fc.constantFrom(...CASES.flatMap(([, words]) => words), "-", "--", "--=", "-="));
  await fc.assert(
    fc.asyncProperty(fc.array(word), async (words) => {
      await parse(words, OPTIONS, ALIASES, PAYLOADS).catch((error) => {
        if (error.name !== "UsageError") throw error;
      });
    }),
  );
});
