/** Where the compiler reports a mistake in a result, and that it names the field: by `deno check` of wrong modules. */
import assert from "node:assert/strict";
import { withFolder } from "../cli/run.ts";

const root = new URL("../..", import.meta.url).pathname;

const moduleWith = (apply: string) =>
  `import { array, defineTesseract, type Outputs, scalar, z } from "@tesseract/runtime";
const OutputSchema = z.object({
  result: array([null], "float32"),
  stats: z.object({ count: scalar("int64") }),
});
export default defineTesseract({
  InputSchema: z.object({ a: array([null], "float32") }),
  OutputSchema,
  ${apply}
});
export type Result = Outputs<typeof OutputSchema>;
`;

const ARROWS = {
  arrow_dtype: "apply: () => ({ result: new Float64Array(3), stats: { count: 1 } }),",
  arrow_text: 'apply: () => ({ result: [1], stats: { count: "one" } }),',
  arrow_extra: "apply: ({ a }) => ({ result: a, stats: { count: 1, extra: 2 } }),",
};
const METHODS = {
  method_dtype: "apply() { return { result: new Float64Array(3), stats: { count: 1 } }; },",
  method_text: 'async apply() { return { result: [1], stats: { count: await "one" } }; },',
  method_extra: "apply({ a }) { return { result: a, stats: { count: 1, extra: 2 } }; },",
  method_missing: "apply({ a }) { return { rslt: a, stats: { count: 1 } }; },",
};
const TYPED = { typed: "apply(): Result { return { result: new Float64Array(3), stats: { count: 1 } }; }," };

/** What the compiler says of each of these modules. */
async function check(): Promise<(name: string) => string> {
  const modules = { ...ARROWS, ...METHODS, ...TYPED };
  const files = Object.fromEntries(Object.entries(modules).map(([name, text]) => [`${name}.ts`, moduleWith(text)]));
  let output = "";
  await withFolder(files, async (cwd) => {
    const args = ["check", "--quiet", "--config", `${root}deno.json`, ...Object.keys(files)];
    const { stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1", FORCE_COLOR: "" } })
      .output();
    output = new TextDecoder().decode(stderr);
  });
  const errors = output.split(/^(?=TS\d+ )/m);
  return (name) => errors.find((error) => error.includes(`/${name}.ts:`)) ?? `nothing on ${name}: ${output}`;
}

let checked: ReturnType<typeof check> | undefined;
const messageOn = async (name: string) => (await (checked ??= check()))(name);

/** `line:column` of the first place that a message names. */
const placeIn = (message: string) => /\.ts:(\d+:\d+)/.exec(message)?.[1];

Deno.test("the compiler points at the wrong field of an arrow's result, however deep", async () => {
  const dtype = await messageOn("arrow_dtype");
  assert.equal(placeIn(dtype), "9:19", dtype);
  assert.match(dtype, /^TS\d+ \[ERROR\]: Type 'Float64Array.*' is not assignable to type 'Float32Array/);
  const text = await messageOn("arrow_text");
  assert.equal(placeIn(text), "9:41", text);
  assert.match(text, /^TS\d+ \[ERROR\]: Type 'string' is not assignable to type 'number \| bigint/);
  const extra = await messageOn("arrow_extra");
  assert.equal(placeIn(extra), "9:54", extra);
  assert.match(extra, /"extra is not in the schema"/);
});

Deno.test("of a method, whose result may be anywhere in it, the message names the field", async () => {
  const messages = await Promise.all(Object.keys(METHODS).map(messageOn));
  assert.deepEqual(messages.map(placeIn), ["9:3", "9:9", "9:3", "9:3"]);
  const [dtype, text, extra, missing] = messages as [string, string, string, string];
  assert.match(dtype, /of (?:property )?'result' are incompatible/);
  assert.match(text, /types of 'stats\.count' are incompatible/);
  assert.match(extra, /types of 'stats\.extra' are incompatible/);
  assert.match(missing, /Property 'result' is missing/);
});

Deno.test("of a method that says the type of its result, the compiler points at the field", async () => {
  const message = await messageOn("typed");
  assert.equal(placeIn(message), "9:30", message);
});
