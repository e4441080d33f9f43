/** UM-Bridge's operations on components of several kinds, run as a worker runs them. */
import assert from "node:assert/strict";
import { makeMemoryFile } from "../../lib/api/transpile/memory_file.ts";
import { type Called, type Post, withComponent } from "./component.ts";

// The library that memory files come from is opened with the first one: not inside a test, which would seem to leak it.
makeMemoryFile();

/** Arrays in lists and records, a size by name, a default, fields that are no vectors; derivatives from its code. */
const NESTED = `
const row = () => differentiable(array(["n"], "float64"));
export default defineTesseract({
  InputSchema: z.object({
    z: differentiable(scalar("float32")).default(0.5),
    layers: z.array(z.object({ weight: differentiable(array([2, 2], "float64")), bias: row() })),
    named: z.record(z.string(), row()),
    label: z.string(),
    solver: z.object({ scale: z.number().positive(), name: z.enum(["a", "b"]).default("a") }),
    fixed: array([null], "float64"),
  }),
  OutputSchema: z.object({ sum: differentiable(scalar("float64")), rows: row(), label: z.string() }),
  derivatives: "auto",
  apply({ z, layers, named, label, solver, fixed }) {
    let sum = z * z * fixed.data[0]!;
    const rows = layers[0]!.bias.data.map((b) => b * solver.scale);
    for (const { weight } of layers) for (const w of weight.data) sum += w ** 3;
    for (const key of Object.keys(named)) for (let i = 0; i < rows.length; i++) rows[i]! += named[key]!.data[i]! * z;
    fixed.data[0] = -1; // its own copy
    return { sum, rows, label };
  },
});`;

const PAYLOAD = {
  inputs: {
    layers: [
      { weight: [[1, 2], [3, 4]], bias: [1, 2, 3] },
      { weight: [[0, 0], [0, 1]], bias: [0, 0, 0] },
    ],
    named: { second: [1, 1, 1], first: [0, 0, 1] },
    label: "x",
    solver: { scale: 2 },
    fixed: [10],
  },
};

/** The vectors of its inputs, in the order of the schema; lists and records in the order of the payload. */
const VECTORS = [[0.5], [1, 2, 3, 4], [1, 2, 3], [0, 0, 0, 1], [0, 0, 0], [1, 1, 1], [0, 0, 1]];
const OUTPUT = [[2.5 + 1 + 8 + 27 + 64 + 1], [2.5, 4.5, 7]];

const nested = (use: (post: Post) => Promise<void>) => withComponent(NESTED, PAYLOAD, use);

Deno.test("forward has a vector for each differentiable array, in the order of the schema, row by row", () =>
  nested(async (post) => {
    assert.deepEqual(await post("InputSizes", { name: "forward" }), { inputSizes: [1, 4, 3, 4, 3, 3, 3] });
    assert.deepEqual(await post("OutputSizes", { name: "forward" }), { outputSizes: [1, 3] });
    assert.deepEqual(await post("Evaluate", { name: "forward", input: VECTORS }), { output: OUTPUT });
    // A second call finds the payload as it was, whatever the first one has written to its inputs.
    assert.deepEqual(await post("Evaluate", { name: "forward", input: VECTORS, config: {} }), { output: OUTPUT });
  }));

Deno.test("flat has all of them in one vector, and all outputs in one", () =>
  nested(async (post) => {
    assert.deepEqual(await post("InputSizes", { name: "flat", config: null }), { inputSizes: [21] });
    assert.deepEqual(await post("OutputSizes", { name: "flat" }), { outputSizes: [4] });
    assert.deepEqual(await post("Evaluate", { name: "flat", input: [VECTORS.flat()] }), { output: [OUTPUT.flat()] });
  }));

Deno.test("Gradient, ApplyJacobian and ApplyHessian are the derivatives of Evaluate", () =>
  nested(async (post) => {
    const name = "flat", x = VECTORS.flat(), at = { name, input: [x], outWrt: 0, inWrt: 0, inWrt1: 0, inWrt2: 0 };
    const vec = x.map((_, i) => Math.sin(i + 1)), sens = [1, 0.5, -1, 2];
    const evaluate = async (h: number) => {
      const { output } = await post("Evaluate", { name, input: [x.map((value, i) => value + h * vec[i]!)] });
      return (output as number[][])[0]!;
    };
    const output = async (operation: string, request: object) =>
      (await post(operation, { ...at, ...request }))["output"] as number[];
    const jacobian = await output("ApplyJacobian", { vec });
    const [before, after] = [await evaluate(-1e-4), await evaluate(1e-4)];
    for (const [i, slope] of jacobian.entries()) assert(Math.abs((after[i]! - before[i]!) / 2e-4 - slope) < 1e-2);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const gradient = await output("Gradient", { sens });
    assert(Math.abs(dot(gradient, vec) - dot(sens, jacobian)) < 1e-6);
    const hessian = await output("ApplyHessian", { sens, vec });
    // Of Σ w³ it is 6·w·v, and of z it is what multiplies it twice: 2·10, and once: the named rows.
    assert(Math.abs(hessian[1]! - 6 * vec[1]!) < 1e-12);
    const named = [0, 1, 2].reduce((sum, i) => sum + sens[i + 1]! * (vec[15 + i]! + vec[18 + i]!), 0);
    assert(Math.abs(hessian[0]! - (20 * vec[0]! + named)) < 1e-6);
    // The same, from one of forward's vectors to another.
    const blocks = { name: "forward", input: VECTORS, outWrt: 1, inWrt1: 5, inWrt2: 0, sens: [1, 0.5, -1], vec: [3] };
    assert.deepEqual(await post("ApplyHessian", blocks), { output: [3, 1.5, -3] });
  }));

Deno.test("config overrides fields of the payload, those of objects one by one, and with arrays their sizes", () =>
  nested(async (post) => {
    const evaluate = async (config: unknown) => await post("Evaluate", { name: "forward", input: VECTORS, config });
    assert.deepEqual((await evaluate({ solver: { scale: 10 } }))["output"], [OUTPUT[0], [10.5, 20.5, 31]]);
    assert.deepEqual((await evaluate({ fixed: [0], label: "y" }))["output"], [[101], OUTPUT[1]]);
    const fixed = { object_type: "array", shape: [1], dtype: "float64", data: { buffer: [0], encoding: "json" } };
    assert.deepEqual((await evaluate({ fixed }))["output"], [[101], OUTPUT[1]]);
    const config = { layers: [{ weight: [[1, 1], [1, 1]], bias: [1] }], named: {} };
    assert.deepEqual(await post("InputSizes", { name: "forward", config }), { inputSizes: [1, 4, 1] });
    assert.deepEqual(await post("OutputSizes", { name: "flat", config }), { outputSizes: [2] });
    assert.deepEqual((await evaluate({}))["output"], OUTPUT);

    const refused = async (config: unknown, message: RegExp) => {
      const { message: found } = await evaluate(config);
      assert.match(String(found), message);
    };
    await refused({ sover: {} }, /^inputs\.sover: .*not known/);
    await refused({ solver: { scale: -1 } }, /^inputs\.solver\.scale: /);
    await refused({ solver: 3 }, /^inputs\.solver: /);
    await refused({ label: null }, /^inputs\.label: /);
    await refused("fast", /^config: /);
    await refused([1], /^config: /);
    const proto = `{"name": "forward", "input": ${JSON.stringify(VECTORS)}, "config": {"__proto__": {"label": 1}}}`;
    assert.match(String((await post("Evaluate", proto)).message), /__proto__/);
    // A hundred configurations, and the first one again.
    for (let i = 1; i <= 100; i++) {
      assert.deepEqual((await evaluate({ solver: { scale: i } }))["output"], [OUTPUT[0], [
        i + 0.5,
        2 * i + 0.5,
        3 * i + 1,
      ]]);
    }
    assert.deepEqual((await evaluate({ solver: { scale: 1 } }))["output"], [OUTPUT[0], [1.5, 2.5, 4]]);
  }));

Deno.test("what is wrong with a request is InvalidInput, and named with its place", () =>
  nested(async (post) => {
    const good = { name: "forward", input: VECTORS, outWrt: 0, inWrt: 0, inWrt1: 0, inWrt2: 0, sens: [1], vec: [1] };
    const refused = async (operation: string, change: object, message: RegExp) => {
      const found = await post(operation, { ...good, ...change });
      assert.match(String(found.message), message, `${operation} ${JSON.stringify(change)}`);
    };
    await refused("Evaluate", { input: undefined }, /^input: Expected a list of 7 vectors, got none$/);
    await refused("Evaluate", { input: [] }, /^input: Expected a list of 7 vectors, got 0$/);
    await refused("Evaluate", { input: [[1]] }, /^input: .*got 1$/);
    await refused("Evaluate", { input: [...VECTORS, [1]] }, /^input: .*got 8$/);
    await refused(
      "Evaluate",
      { input: VECTORS.with(1, [1, 2, 3]) },
      /^input\.1: Expected 4 numbers \(layers\.\[0\]\.weight\), got 3$/,
    );
    await refused("Evaluate", { input: VECTORS.with(2, []) }, /^input\.2: .*got 0$/);
    await refused("Evaluate", { input: 3 }, /^input: /);
    await refused("Evaluate", { input: { "0": [1] } }, /^input: /);
    for (const value of ["1", {}, [1], [[1, 2], [3, 4]], ["a", 2, 3, 4], [1, 2, {}, 4], "x".repeat(1e6)]) {
      await refused("Evaluate", { input: VECTORS.with(1, value as number[]) }, /^input\.1: /);
    }
    // Too large for the float32 that it goes into.
    await refused("Evaluate", { input: VECTORS.with(0, [1e300]) }, /^inputs\.z: /);
    for (const position of [-1, 2, 0.5, 1e300, "0", null, [0]]) {
      await refused("Gradient", { outWrt: position }, /^outWrt: /);
      await refused("ApplyHessian", { outWrt: position }, /^outWrt: /);
    }
    await refused("Gradient", { inWrt: undefined }, /^inWrt: Expected a position from 0 to 6, got none$/);
    await refused("ApplyJacobian", { inWrt: 7 }, /^inWrt: Expected a position from 0 to 6, got 7$/);
    await refused("ApplyHessian", { inWrt1: 7 }, /^inWrt1: /);
    await refused("ApplyHessian", { inWrt2: 7 }, /^inWrt2: /);
    await refused("Gradient", { sens: [1, 1] }, /^sens: Expected 1 number \(sum\), got 2$/);
    await refused("Gradient", { sens: undefined }, /^sens: .*got none$/);
    await refused("ApplyJacobian", { vec: ["a"] }, /^vec: /);
    await refused("ApplyHessian", { vec: [] }, /^vec: /);
    await refused("Evaluate", { name: 3 }, /^name: /);
    for (const text of ["", "null", "[]", "3", "{", '{"name": "forward", "input": [[1e999]]}']) {
      assert.equal(typeof (await post("Evaluate", text)).message, "string", text);
    }
    const unknown = await post("Evaluate", { name: "posterior" });
    assert.deepEqual([unknown.type, unknown.message], [
      "ModelNotFound",
      "name: There is no model 'posterior'; there are forward, flat",
    ]);
    // Fields that the protocol does not have are ignored.
    assert.deepEqual(await post("InputSizes", { name: "flat", tid: "3" }), { inputSizes: [21] });
  }));

/** A component with these functions. */
const component = (functions: string) => `
export default defineTesseract({
  InputSchema: z.object({ x: differentiable(array([null], "float64")), file: inputPath().optional() }),
  OutputSchema: z.object({ y: differentiable(array([null], "float64")) }),
  apply: ({ x }) => ({ y: x.data.map((v) => v * v).subarray(1) }),
  ${functions}
});`;

const support = async (post: Post) => (await post("ModelInfo", { name: "forward" }))["support"];
const none = { Evaluate: true, Gradient: false, ApplyJacobian: false, ApplyHessian: false };
const X = { inputs: { x: [1, 2, 3] } };

Deno.test("a component without derivatives is evaluated; sizes that do not follow from its inputs are those of a run", () =>
  withComponent(component(""), X, async (post) => {
    assert.deepEqual(await support(post), none);
    assert.deepEqual(await post("OutputSizes", { name: "forward" }), { outputSizes: [2] });
    assert.deepEqual(await post("OutputSizes", { name: "forward", config: { x: [1, 1, 1, 1] } }), { outputSizes: [3] });
    for (const operation of ["Gradient", "ApplyJacobian", "ApplyHessian"]) {
      assert.equal((await post(operation, { name: "flat" })).type, "UnsupportedFeature");
    }
  }));

Deno.test("a Jacobian alone gives both products with vectors", () => {
  const jacobian = "jacobian: ({ x }) => ({ y: { x: [...x.data.subarray(1)].map((v, i) => " +
    "[...x.data].map((_, j) => j === i + 1 ? 2 * v : 0)) } }),";
  return withComponent(component(jacobian), X, async (post) => {
    assert.deepEqual(await support(post), { ...none, Gradient: true, ApplyJacobian: true });
    const at = { name: "forward", input: [[1, 2, 3]], outWrt: 0, inWrt: 0 };
    assert.deepEqual(await post("Gradient", { ...at, sens: [1, 10] }), { output: [0, 4, 60] });
    assert.deepEqual(await post("ApplyJacobian", { ...at, vec: [5, 1, 2] }), { output: [4, 12] });
  });
});

Deno.test("what JSON has no number for is InvalidOutput, and named", () =>
  withComponent(component(""), X, async (post) => {
    const found = await post("Evaluate", { name: "forward", input: [[1, 2, 1e200]] });
    assert.deepEqual([found.type, found.message], [
      "InvalidOutput",
      "y: It has Infinity at 1, for which JSON has no number",
    ]);
  }));

Deno.test("what a component throws is its own error", () =>
  withComponent(component('abstractEval() { throw new Error("no") },'), X, async (post) => {
    await assert.rejects(post("OutputSizes", { name: "forward" }), /^Error: no$/);
    assert.deepEqual(await post("Evaluate", { name: "forward", input: [[1, 2, 3]] }), { output: [[4, 9]] });
  }));

Deno.test("a rule of customDerivative has no second derivative: UnsupportedFeature", () => {
  const source = `
const square = customDerivative((a: number) => a * a, { vjp: ([a], w) => [2 * a * w] });
export default defineTesseract({
  InputSchema: z.object({ x: differentiable(scalar("float64")) }),
  OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
  derivatives: "auto",
  apply: ({ x }) => ({ y: square(x) }),
});`;
  return withComponent(source, { inputs: { x: 1 } }, async (post) => {
    const at = { name: "forward", input: [[3]], outWrt: 0, inWrt: 0, inWrt1: 0, inWrt2: 0, sens: [1], vec: [1] };
    assert.deepEqual(await post("Gradient", at), { output: [6] });
    assert.equal((await post("ApplyHessian", at)).type, "UnsupportedFeature");
  });
});

Deno.test("files of the payload are looked for where requests are", () =>
  withComponent(component(""), { inputs: { x: [1, 2], file: "data.txt" } }, async (post) => {
    assert.deepEqual(await post("Evaluate", { name: "forward", input: [[1, 2]] }), { output: [[4]] });
    const { message } = await post("InputSizes", { name: "forward", config: { file: "../../../../../etc/passwd" } });
    assert.match(String(message), /^inputs\.file: /);
  }));

Deno.test("a payload or a component with nothing to vary is refused when the server starts", async () => {
  const refused = (source: string, payload: unknown, message: RegExp) =>
    assert.rejects(withComponent(source, payload, () => Promise.resolve()), (error: Error) => {
      assert.equal(error.name, "UnfitPayload");
      assert.match(error.message, message);
      return true;
    });
  const plain = component("").replaceAll("differentiable(", "(");
  await refused(plain, X, /^--umbridge: the inputs have no differentiable array; mark/);
  await refused(component(""), {}, /^--umbridge: inputs: .*missing|^--umbridge: inputs/);
  await refused(component(""), { inputs: { x: "a" } }, /^--umbridge: inputs\.x: Expected an array/);
  await refused(component(""), { inputs: { x: [1], z: 2 } }, /^--umbridge: inputs\.z: /);
  await refused(component(""), { inputs: { x: [1], file: "none.txt" } }, /^--umbridge: inputs\.file: /);
  const only = (type: string, functions = "apply: () => ({ y: 1 }),") => `
export default defineTesseract({
  InputSchema: z.object({ x: ${type} }),
  OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
  ${functions}
});`;
  const integer = 'differentiable(scalar("int32"))', optional = 'differentiable(scalar("float64")).optional()';
  await refused(
    only(integer),
    { inputs: { x: 1 } },
    /^--umbridge: inputs\.x is int32; UM-Bridge's vectors are of floats$/,
  );
  await refused(only(optional), { inputs: {} }, /^--umbridge: the payload has no differentiable array$/);
});

Deno.test("calls at the same time do not see each other's vectors", () =>
  nested(async (post) => {
    const calls: Promise<Called>[] = Array.from({ length: 50 }, (_, i) =>
      post("Evaluate", { name: "forward", input: VECTORS.with(2, [i, i, i]) }));
    for (const [i, { output }] of (await Promise.all(calls)).entries()) {
      assert.deepEqual((output as number[][])[1], [2 * i + 0.5, 2 * i + 0.5, 2 * i + 1]);
    }
  }));
