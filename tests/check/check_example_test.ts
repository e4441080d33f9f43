import assert from "node:assert/strict";
import { describeModuleFault } from "../../lib/api/module_fault.ts";
import { checkAtExample } from "../../lib/check/check_example.ts";
import { checkModule } from "../../lib/check/check_module.ts";
import { inspectModule } from "../../lib/check/inspect.ts";
import { withFiles } from "../api/user_module.ts";

/** y = x² with a derivative that a test gives, and an example. */
const square = (derivative: string, apply = "({ y: x.data.map((v) => v * v) })") => `
  import { array, differentiable, z } from "@tesseract/runtime";
  const vector = differentiable(array(["n"], "float64"));
  export default {
    InputSchema: z.object({ x: vector }),
    OutputSchema: z.object({ y: vector }),
    apply: ({ x }) => ${apply},
    jacobianVectorProduct({ x }, _by, _of, { x: t }) { return { y: ${derivative} }; },
  };`;

const RIGHT = "x.data.map((v, i) => 2 * v * t.data[i])";

/** What a check finds, without the path of the module. */
function found(files: Record<string, string>, timeLimit?: number): Promise<{ faults: string[]; warnings: string[] }> {
  return withFiles(files, async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const { module } = await inspectModule(path);
    const { faults, warnings } = timeLimit === undefined
      ? await checkModule(path, folder)
      : await checkAtExample(module!, folder, timeLimit);
    const words = (list: typeof faults) => list.map((fault) => describeModuleFault(fault).replace(`${path}: `, ""));
    return { faults: words(faults), warnings: words(warnings) };
  });
}

Deno.test("derivatives by finiteDifferences pass, though they do not agree with each other to the last digits", async () => {
  const module = (factor: number) => `
    import { array, differentiable, finiteDifferences, z } from "@tesseract/runtime";
    const vector = differentiable(array(["n"], "float64"));
    const apply = ({ x }) => ({ y: x.data.map((v, i) => Math.exp(v) * x.data[(i + 1) % 3]) });
    const { jacobian, ...products } = finiteDifferences(apply, { eps: 1e-4 });
    export default {
      InputSchema: z.object({ x: vector }),
      OutputSchema: z.object({ y: vector }),
      apply,
      ...products,
      async jacobian(...args) {
        const blocks = await jacobian(...args);
        return { y: { x: { ...blocks.y.x, data: blocks.y.x.data.map((v) => v * ${factor}) } } };
      },
    };`;
  assert.deepEqual(await found({ "tesseract_api.js": module(1), ...example }), { faults: [], warnings: [] });
  // They still find an endpoint that is wrong.
  const { faults } = await found({ "tesseract_api.js": module(1.5), ...example });
  assert.equal(faults.length, 1, faults.join("\n"));
  assert.match(faults[0]!, /^jacobian: at payload\.json, 'y' by 'x': doubt the endpoint/);
});

const example = { "payload.json": '{"inputs": {"x": [1, 2, 3]}}' };

Deno.test("a right derivative passes, and without an example of the author's nothing is tried, as it says", async () => {
  assert.deepEqual(await found({ "tesseract_api.js": square(RIGHT), ...example }), { faults: [], warnings: [] });
  assert.deepEqual(await found({ "tesseract_api.js": square("x") }), {
    faults: [],
    warnings: [
      "the gradient check was skipped, because there is no example: payload.json beside it has to be a JSON object with inputs",
    ],
  });
});

/** y = x, or what a test gives, without derivatives. */
const plain = (apply: string) => `
  import { array, z } from "@tesseract/runtime";
  export const InputSchema = z.object({ x: array(["n"], "float64") });
  export const OutputSchema = z.object({ y: array(["n"], "float64") });
  export function apply({ x }) { ${apply} }`;

Deno.test("a result that does not fit OutputSchema is a fault, with derivatives and without", async () => {
  const faults = [
    "at payload.json, apply returned what does not fit the output schema: y: The array has the wrong number of " +
    "dimensions: got 2D, expected 1D",
  ];
  assert.deepEqual(await found({ "tesseract_api.js": plain("return { y: [[1]] };"), ...example }), {
    faults,
    warnings: [],
  });
  assert.deepEqual(await found({ "tesseract_api.js": square(RIGHT, "({ y: [[1]] })"), ...example }), {
    faults,
    warnings: [],
  });
  assert.deepEqual(await found({ "tesseract_api.js": plain("return { y: x };"), ...example }), {
    faults: [],
    warnings: [],
  });
});

Deno.test("without derivatives, too, an apply that fails or takes too long is a warning", async () => {
  assert.deepEqual(await found({ "tesseract_api.js": plain("throw new Error('not today');"), ...example }), {
    faults: [],
    warnings: ["apply fails at payload.json: not today"],
  });
  const slow = plain("return globalThis.slowApply = new Promise((resolve) => setTimeout(resolve, 200, { y: x }));");
  assert.deepEqual(await found({ "tesseract_api.js": slow, ...example }, 50), {
    faults: [],
    warnings: ["the check of apply at payload.json was skipped, because it takes longer than 0.05 s"],
  });
  await (globalThis as unknown as { slowApply: Promise<unknown> }).slowApply;
});

Deno.test("an apply that changes its inputs in place does not disturb the comparison", async () => {
  const apply = "{ const y = x.data.map((v) => v * v); x.data.fill(0); return { y }; }";
  assert.deepEqual(await found({ "tesseract_api.js": square(RIGHT, apply), ...example }), { faults: [], warnings: [] });
});

Deno.test("of what a module prints in each call of the comparison, a few lines are shown", async () => {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (text: string) => void lines.push(text);
  try {
    const chatty = square(RIGHT, "(console.log('called'), { y: x.data.map((v) => v * v) })");
    assert.deepEqual(await found({ "tesseract_api.js": chatty, ...example }), { faults: [], warnings: [] });
  } finally {
    Object.assign(console, { log, error });
  }
  assert.deepEqual(lines.slice(0, -1), Array(20).fill("called"));
  assert.match(lines.at(-1)!, /^\(\d+ more prints of the module are not shown\)$/);
});

Deno.test("a wrong derivative is a fault that names the endpoint, the paths and the example", async () => {
  const { faults } = await found({ "tesseract_api.js": square("x.data.map((v, i) => 3 * v * t.data[i])"), ...example });
  assert.equal(faults.length, 1);
  assert.match(faults[0]!, /^jacobian_vector_product: at payload\.json, 'y' by 'x': /);
  const thrown = await found({ "tesseract_api.js": square("nothing"), ...example });
  assert.match(
    thrown.faults.join(),
    /^jacobian_vector_product: at payload\.json, 'y' by 'x': .*exception: ReferenceError: nothing is not defined/,
  );
});

Deno.test("an example that cannot be used is a warning", async () => {
  const wrong = { "payload.json": '{"inputs": {"x": "no"}}' };
  assert.deepEqual(await found({ "tesseract_api.js": square(RIGHT), ...wrong }), {
    faults: [],
    warnings: [
      "payload.json cannot be used as an example: inputs.x: Expected an array: a number, nested lists of numbers, or " +
      'an encoded array, got "no"',
    ],
  });
  const failing = square(RIGHT, "{ throw new Error('not today'); }");
  assert.deepEqual(await found({ "tesseract_api.js": failing, ...example }), {
    faults: [],
    warnings: ["apply fails at payload.json: not today"],
  });
});

Deno.test("a check that takes too long is skipped, and says so", async () => {
  const slow = square(RIGHT, "globalThis.slowApply = new Promise((resolve) => setTimeout(resolve, 200, { y: x }))");
  assert.deepEqual(await found({ "tesseract_api.js": slow, ...example }, 50), {
    faults: [],
    warnings: ["the gradient check was skipped, because it takes longer than 0.05 s"],
  });
  // The check has ended, its apply has not: a timer that outlives a test is reported in the one after it.
  await (globalThis as unknown as { slowApply: Promise<unknown> }).slowApply;
});

Deno.test("an output that does not depend on a differentiable input is told of", async () => {
  const text = `
    import { array, differentiable, z } from "@tesseract/runtime";
    const vector = () => differentiable(array([null], "float64"));
    const zero = (x) => new Float64Array(x.data.length);
    export default {
      InputSchema: z.object({ x: vector(), unused: vector() }),
      OutputSchema: z.object({ y: vector(), constant: vector(), empty: vector() }),
      apply: ({ x }) => ({ y: x, constant: x.data.map(() => 1), empty: [] }),
      jacobianVectorProduct({ x }, by, of, { x: t }) {
        const all = { y: t?.data ?? zero(x), constant: zero(x), empty: [] };
        return Object.fromEntries([...of].map((path) => [path, all[path]]));
      },
      abstractEval() {},
    };`;
  const { faults, warnings } = await found({
    "tesseract_api.js": text,
    "payload.json": '{"inputs": {"x": [1, 2], "unused": [3, 0]}}',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(warnings, [
    "the outputs 'constant', 'y' do not depend on 'unused', which is marked differentiable (at payload.json)",
    "the output 'constant' does not depend on 'x', which is marked differentiable (at payload.json)",
  ]);
});

// The differentiated copy is in a file in memory, for as long as the process lives.
Deno.test("automatic derivatives are checked, too, and need no abstractEval where sizes have names", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const text = `
    import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
    const vector = () => differentiable(array(["n"], "float64"));
    export default defineTesseract({
      InputSchema: z.object({ x: vector() }),
      OutputSchema: z.object({ y: vector() }),
      derivatives: "auto",
      apply: ({ x }) => ({ y: x.data.map((v) => Math.sin(v) * v) }),
    });`;
  assert.deepEqual(await found({ "tesseract_api.js": text, ...example }), { faults: [], warnings: [] });
});

Deno.test("of the elements of a list one that matters is enough", async () => {
  const module = `
    import { differentiable, scalar, z } from "@tesseract/runtime";
    const item = z.object({ used: differentiable(scalar("float64")), unused: differentiable(scalar("float64")) });
    export default {
      InputSchema: z.object({ items: z.array(item) }),
      OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
      derivatives: "auto",
      apply: ({ items }) => ({ y: items.reduce((largest, { used }) => Math.max(largest, used), -Infinity) }),
    };`;
  const payload = '{"inputs": {"items": [{"used": 1, "unused": 2}, {"used": 5, "unused": 3}]}}';
  assert.deepEqual(await found({ "tesseract_api.js": module, "payload.json": payload }), {
    faults: [],
    warnings: ["the output 'y' does not depend on 'items.[].unused', which is marked differentiable (at payload.json)"],
  });
});
