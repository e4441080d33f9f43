/** Mistakes that people new to TypeScript make in a module, and what they are told: what, where, and what to do. */
import { equal, match } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { programCommand } from "../program.ts";

const IMPORT = 'import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";';
const SCHEMAS = 'InputSchema: z.object({ a: array([3], "float64") }),\n' +
  'OutputSchema: z.object({ b: array([3], "float64"), n: scalar("float64"), list: z.array(z.number()).default([]) }),\n';

/** A module whose `apply` has this body. */
const applying = (body: string): string =>
  `${IMPORT}\nexport default defineTesseract({\n${SCHEMAS}  apply({ a }) { ${body} },\n});\n`;

/** A module that begins so. */
const beginning = (line: string): string => `${line}\n${applying("return { b: a, n: 1 };")}`;

/** A module with this schema of an input. */
const taking = (field: string): string =>
  applying("return { b: [0, 0, 0], n: 1 };").replace('array([3], "float64") })', `${field} })`);

const RESULT = "^Error: apply returned what does not fit the output schema: ";
const MODULE = "^Error: \\S*/tesseract_api\\.ts:";

const MISTAKES: readonly [what: string, module: string, words: string][] = [
  [
    "a wrong dtype",
    applying("return { b: new Float64Array(3), n: '1' };"),
    `${RESULT}n: Expected an array: .*, got "1"`,
  ],
  ["a wrong shape", applying("return { b: [1, 2], n: 1 };"), `${RESULT}b: .*shape \\[2\\] .*expected shape \\[3\\]`],
  [
    "a dtype that is none",
    taking('array([3], "double")'),
    `${MODULE}3:.*"double" is not a dtype; the dtypes are .*float64`,
  ],
  [
    "a missing shape",
    taking('array("float64")'),
    `${MODULE}3:.*a shape is a list .*: array\\(\\[null, 3\\], "float64"\\)`,
  ],
  [
    "differentiable() around a number",
    taking("differentiable(z.number())"),
    `${MODULE}3:.*takes an array type only.* differentiable\\(scalar\\("float64"\\)\\)`,
  ],
  [
    "a schema that is not called",
    taking("z.number"),
    `${MODULE} InputSchema: a: is not a Zod schema, but a function; are its`,
  ],
  [
    "a default that does not fit",
    taking("z.int().default('four')"),
    `${MODULE} InputSchema: a: the default does not fit: `,
  ],
  ["a list as the result", applying("return [1, 2, 3];"), `${RESULT}the result: Expected an object, got a list$`],
  ["a forgotten return", applying("({ b: a, n: 1 });"), `${RESULT}the result: .*got nothing; is a return missing\\?`],
  [
    "a forgotten await of an array",
    applying("const solve = async () => a.data; return { b: solve(), n: 1 };"),
    `${RESULT}b: Expected an array: .*, got a promise; is an await missing\\?`,
  ],
  [
    "a forgotten await of a list",
    applying("const solve = async () => [1]; return { b: a, n: 1, list: solve() };"),
    `${RESULT}list: Expected a list, got a promise; is an await missing\\?`,
  ],
  [
    "a typed array for a list",
    applying("return { b: a, n: 1, list: a.data };"),
    `${RESULT}list: Expected a list, got a Float64Array`,
  ],
  [
    "an array that lacks its shape",
    applying("return { b: { data: [1, 2, 3] }, n: 1 };"),
    `${RESULT}b: .*an array is returned as a typed array, nested lists or ndarray\\(dtype, shape, data\\)`,
  ],
  [
    "arithmetic with an array",
    applying("return { b: 2 * a, n: 1 };"),
    `${RESULT}b: .*it is NaN; arithmetic is done with the el`,
  ],
  ["a misspelled field", applying("return { B: a, n: 1 };"), `${RESULT}b: .*; B: .* did you mean 'b'\\?`],
  [
    "a text that is thrown",
    applying("throw 'no luck';"),
    '^Error: "no luck" was thrown, which is no Error: throw new Error',
  ],
  [
    "an object that is thrown",
    applying("throw { code: 7 };"),
    "^Error: \\{ code: 7 \\} was thrown, which is no Error: throw new Error",
  ],
  [
    "an import without its extension",
    beginning('import { x } from "./helper"; console.log(x);'),
    `${MODULE}1:19: Module not found ".*/helper"; did you mean "helper.ts"\\?$`,
  ],
  [
    "a misspelled file of data",
    beginning('import x from "./tabel.json" with { type: "json" }; console.log(x);'),
    `${MODULE}1:15: Module not found ".*/tabel.json"; did you mean "table.json"\\?$`,
  ],
  [
    "a folder that is not there",
    beginning('import { x } from "./lib/helper.ts"; console.log(x);'),
    `${MODULE}1:19: Module not found ".*/lib/helper.ts"; there is no folder .*/lib/$`,
  ],
  [
    "a mistake in a file of data",
    beginning('import x from "./broken.json" with { type: "json" }; console.log(x);'),
    "^Error: \\S*/broken\\.json: SyntaxError: .*JSON",
  ],
  [
    "a mistake in a file of data that another file imports",
    beginning('import { y } from "./reader.ts"; console.log(y);'),
    "^Error: \\S*/broken\\.json: SyntaxError: .*JSON",
  ],
  [
    "a forgotten import",
    applying("return { b: a, n: 1 };").replace(`${IMPORT}\n`, ""),
    `${MODULE}1:.*defineTesseract is not defined; write import \\{ defineTesseract \\} from "@tesseract/runtime"`,
  ],
  [
    "schemas in a plain object",
    applying("").replace("z.object(", "("),
    `${MODULE} InputSchema: is not a Zod schema, z\\.object\\(`,
  ],
];

const FILES = {
  "helper.ts": "export const x = 1;",
  "table.json": "{}",
  "broken.json": '{"n": 4,}',
  "reader.ts": 'import y from "./broken.json" with { type: "json" };\nexport { y };\n',
};

for (const [what, module, words] of MISTAKES) {
  Deno.test(`what is said of ${what}`, () =>
    withFolder({ ...FILES, "tesseract_api.ts": module }, async (cwd) => {
      const command = programCommand(["apply", '{"inputs":{"a":[1,2,3]}}'], { cwd, stdin: "null" });
      const { code, stdout, stderr } = await command.output();
      match(new TextDecoder().decode(stderr), new RegExp(words, "m"));
      equal(stdout.length, 0);
      equal(code, 1);
    }));
}
