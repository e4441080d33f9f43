/** What people get wrong, and what they are told. */
import { equal, match } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";

const MODULE = `import { array, defineTesseract, scalar, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ radius: scalar("float32").describe("In m."), mesh: z.object({ points: array([null, 3], "float64") }).optional() }),
  OutputSchema: z.object({ area: z.number() }),
  apply: ({ radius }) => ({ area: radius }),
});
`;

type Case = [what: string, files: Record<string, string>, args: string[], code: number, words: RegExp];

const BROKEN: Case[] = [
  [
    "a forgotten export default",
    { "tesseract_api.ts": MODULE.replace("export default", "const t =") },
    ["check"],
    1,
    /^Error: .*tesseract_api\.ts: default: is missing: write export default defineTesseract\(\{ … \}\)\n$/,
  ],
  [
    "require in a module",
    { "tesseract_api.ts": 'const fs = require("fs"); export default fs;' },
    ["check"],
    1,
    /tesseract_api\.ts:1:12: ReferenceError: require is not defined; a user module is an ES module: use import/,
  ],
  [
    "a promise that never resolves",
    {
      "tesseract_api.ts": MODULE.replace("({ area: radius })", "new Promise<never>(() => {})").replace(
        "radius }",
        "radius: _ }",
      ),
    },
    ["apply", '{"inputs":{"radius":1}}'],
    1,
    /^Error: the user module waits for a promise that never resolves\n$/,
  ],
  [
    "Deno.exit in a module",
    {
      "tesseract_api.ts": MODULE.replace("({ area: radius })", "Deno.exit(0)").replace("radius }", "radius: _ }"),
    },
    ["apply", '{"inputs":{"radius":1}}'],
    1,
    /^Error: the user module ended the process before there was a result\n$/,
  ],
  [
    "JSON without its attribute",
    {
      "tesseract_api.ts": `import table from "./table.json"; console.log(table);\n${MODULE}`,
      "table.json": "{}",
    },
    ["check"],
    1,
    /^Error: \S*tesseract_api\.ts:.* is imported with \{ type: "json" \}/,
  ],
  [
    "a mistake in a payload file",
    { "tesseract_api.ts": MODULE, "p.json": '{\n  "inputs": {\n    "radius": 1,,\n  }\n}' },
    ["apply", "@p.json"],
    2,
    /^Error: p\.json:3:17: The payload is not valid JSON: /,
  ],
  [
    "a forgotten @",
    { "tesseract_api.ts": MODULE, "p.json": "{}" },
    ["apply", "p.json"],
    2,
    /; to read a file, write @p\.json\n$/,
  ],
  [
    "a forgotten @ of a file that is not there",
    { "tesseract_api.ts": MODULE },
    ["apply", "q.json"],
    2,
    /; to read a file, write @q\.json\n$/,
  ],
  ["- for @-", { "tesseract_api.ts": MODULE }, ["apply", "-"], 2, /; to read standard input, write @-\n$/],
  [
    "a mistyped field",
    { "tesseract_api.ts": MODULE },
    ["apply", '{"inputs":{"raduis":1}}'],
    2,
    /^Error: inputs\.raduis: This field is not known here; did you mean 'radius'\?$/m,
  ],
  [
    "a field that is like none",
    { "tesseract_api.ts": MODULE },
    ["apply", '{"inputs":{"radius":1,"x":1}}'],
    2,
    /^Error: inputs\.x: This field is not known here$/m,
  ],
];

for (const [what, files, args, code, words] of BROKEN) {
  Deno.test(`a message for ${what}`, () =>
    withFolder(files, async (cwd) => {
      const output = await programCommand(args, { cwd, stdin: "null" }).output();
      const stderr = new TextDecoder().decode(output.stderr);
      match(stderr, words);
      equal(output.code, code);
    }));
}

Deno.test("apply --help lists dtype and shape of every field, and an example that works", () =>
  withFolder({ "tesseract_api.ts": MODULE }, async (cwd) => {
    const print = async (args: string[]) =>
      new TextDecoder().decode((await programCommand(args, { cwd }).output()).stdout);
    const help = await print(["apply", "--help"]);
    match(help, /^ +radius: In m\. \(float32\)$/m);
    match(help, /^ +points: \(float64, shape \[any, 3\]\)$/m);
    match(help, /^ +area: \(number\)$/m);
    const [, payload] = /^ {2}tesseract-runtime apply '(.*)'$/m.exec(help)!;
    match(await print(["apply", payload!]), /^\{"area":/);
    // There is nothing to say of the outputs of a jacobian.
    equal(/Output schema:/.test(await print(["jacobian", "--help"])), false);
  }));

Deno.test("the example of the help is one that a shell understands, wherever the module lies", () =>
  withFolder(
    { "it's mine/tesseract_api.ts": MODULE, "it's mine/payload.json": '{"inputs":{"radius":2}}' },
    async (cwd) => {
      const args = ["--api-path", "it's mine/tesseract_api.ts", "apply"];
      const { stdout } = await programCommand([...args, "--help"], { cwd }).output();
      const [, words] = /^ {2}tesseract-runtime apply (.*)$/m.exec(new TextDecoder().decode(stdout))!;
      const echo = await new Deno.Command("sh", { args: ["-c", `printf %s ${words}`] }).output();
      const payload = new TextDecoder().decode(echo.stdout);
      match(
        new TextDecoder().decode((await programCommand([...args, payload], { cwd }).output()).stdout),
        /^\{"area":/,
      );
    },
  ));
