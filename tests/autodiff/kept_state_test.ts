/**
 * What a module keeps from call to call: whatever inputs derivatives are by, and in whatever order they are asked for,
 * they are right or refused.
 */
import assert from "node:assert/strict";
import type { TesseractModule } from "../../lib/api/tesseract.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { jacobian, jacobianVectorProduct, vectorJacobianProduct } from "../../lib/autodiff/derivatives.ts";
import { rewriteModule } from "../../lib/autodiff/rewrite/rewrite_module.ts";
import { close, Functions, withModule } from "./module.ts";

/** Ways to keep b², each in code that gives it; `top` stands in the module. */
const KEPT: Record<string, { top?: string; value: string }> = {
  variable: { top: "let cache;", value: "return cache ??= b * b" },
  "variable of functions": { top: "var seen; const keep = (v) => { seen ??= v * v };", value: "keep(b); return seen" },
  "typed array": {
    top: "const scratch = new Float64Array(1);",
    value: "if (scratch[0] === 0) scratch[0] = b * b; return scratch[0]",
  },
  list: { top: "const list = [];", value: "if (list.length === 0) list.push(b * b); return list[0]" },
  object: { top: "const object = {};", value: "object.cache ??= b * b; return object.cache" },
  map: { top: "const map = new Map();", value: "if (!map.has(1)) map.set(1, b * b); return map.get(1)" },
  static: { top: "class Solver { static cache; }", value: "return Solver.cache ??= b * b" },
  "private static": {
    top: "class Hidden { static #cache; static get(v) { return this.#cache ??= v * v } }",
    value: "return Hidden.get(b)",
  },
  "property of a function": { top: "function square() {}", value: "return square.cache ??= b * b" },
  closure: { top: "const closed = (() => { let c; return (v) => c ??= v * v })();", value: "return closed(b)" },
  this: { value: "this.cache ??= b * b; return this.cache" },
  "this of a static method": {
    top: "class Keeper { static get(v) { return this.cache ??= v * v } }",
    value: "return Keeper.get(b)",
  },
  "array of the runtime": {
    top: "const memory = ndarray('float64', [1]);",
    value: "const { data } = memory; if (data[0] === 0) data[0] = b * b; return data[0]",
  },
  "array of the runtime like another": {
    top: "const memory = runtime.like({ dtype: 'float64', shape: [1] });",
    value: "const { data } = memory; if (data[0] === 0) data.set([b * b]); return data[0]",
  },
  "copy by stopGradient": {
    top: "const memory = constant({ list: [] });",
    value: "const { list } = memory; if (list.length === 0) list.push(b * b); return list[0]",
  },
  "what a schema parsed": {
    top: "const memory = z.object({ list: z.array(z.number()) }).parse({ list: [] });",
    value: "const { list } = memory; if (list.length === 0) list.push(b * b); return list[0]",
  },
  "what a function gives back": {
    top: "const same = (x) => x, memory = same([]);",
    value: "if (memory.length === 0) memory.push(b * b); return memory[0]",
  },
  "another file": { top: "import { keep as keepThere } from './other.js';", value: "return keepThere(b)" },
};

/** Where only a call shows it. */
const KEPT_IN_CALLS: typeof KEPT = {
  "property of a function by another name": {
    top: "function cube() {}",
    value: "const f = cube; return f.cache ??= b * b",
  },
  "property of a function that is an argument": {
    top: "function cube() {} const keep = (o, v) => { o['cache'] ??= v * v; return o.cache };",
    value: "return keep(cube, b)",
  },
  "property of a class": {
    top: "class Made { keep(v) { return this.constructor.cache ??= v * v } }",
    value: "return new Made().keep(b)",
  },
  "property of a prototype": {
    top: "class Made {} const keep = (o, v) => { if (!o.cache) Object.assign(o, { cache: v * v }); return o.cache };",
    value: "return keep(Reflect.getPrototypeOf(new Made()), b)",
  },
};

const FILES = { "other.js": "let cache; export const keep = (v) => cache ??= v * v;" };

/** A module of y = b² a, of which b² is kept. */
const source = ({ top = "", value }: { top?: string; value: string }) => `
import { defineTesseract, differentiable, ndarray, scalar, stopGradient as constant, z } from "@tesseract/runtime"; import * as runtime from "@tesseract/runtime";
${top}
const x = differentiable(scalar("float64"));
export default defineTesseract({
  InputSchema: z.object({ a: x, b: x }),
  OutputSchema: z.object({ y: x }),
  derivatives: "auto",
  apply({ a, b }) {
    const value = (() => { ${value} })();
    let y = 0;
    for (let i = 0; i < 2; i++) y += value * a / 2;
    return { y };
  },
});`;

const INPUTS = { a: 0.37, b: 0.81 }, Y = new Set(["y"]);
const BY: Record<string, number> = { a: 0.81 ** 2, b: 2 * 0.37 * 0.81 };

const one = (): NdArray => ({ dtype: "float64", shape: [], data: new Float64Array([1]) });
const first = (array: unknown) => Number((array as NdArray).data[0]);

type Call = (module: TesseractModule) => Promise<[found: number, expected: number][]>;

const jacobianBy = (...by: string[]): Call => async (module) => {
  const { y } = await jacobian(module, INPUTS, new Set(by), Y, {});
  return by.map((name) => [first(y![name]), BY[name]!]);
};
const forwardsBy = (...by: string[]): Call => async (module) => {
  // Of the others it is 0, which is as if they were not there.
  const tangents = Object.fromEntries(
    Object.keys(INPUTS).map((name) => [name, { ...one(), data: new Float64Array([by.includes(name) ? 1 : 0]) }]),
  );
  const { y } = await jacobianVectorProduct(module, INPUTS, new Set(Object.keys(INPUTS)), Y, tangents, {});
  return [[first(y), by.reduce((sum, name) => sum + BY[name]!, 0)]];
};
const backwardsBy = (...by: string[]): Call => async (module) => {
  const found = await vectorJacobianProduct(module, INPUTS, new Set(by), Y, { y: one() }, {});
  return by.map((name) => [first(found[name]), BY[name]!]);
};

const CALLS: Record<string, Call> = {
  "the Jacobian by a": jacobianBy("a"),
  "the Jacobian by b": jacobianBy("b"),
  "forwards by a": forwardsBy("a"),
  "forwards by b": forwardsBy("b"),
  "backwards by a and b": backwardsBy("a", "b"),
};

/** Each call comes before and after each other one. */
const ORDERS = [Object.keys(CALLS), Object.keys(CALLS).reverse()];

Deno.test("what a call keeps, for which an input was a constant, is not used where the input is none", async (t) => {
  for (const [name, kept] of Object.entries({ ...KEPT, ...KEPT_IN_CALLS })) {
    await t.step(name, async () => {
      for (const order of ORDERS) {
        await withModule({ "tesseract_api.ts": `// @ts-nocheck\n${source(kept)}`, ...FILES }, async (module) => {
          const asked: string[] = [];
          for (const call of [...order, ...order]) {
            asked.push(call);
            const found = await CALLS[call]!(module).catch((error: Error) => error);
            if (found instanceof Error) {
              assert.match(found.message, /an output depends on a number that an earlier call computed/);
              assert.ok(asked.length > 1 && !call.endsWith(" by a"), `refused: ${asked.join(", ")}`);
            } else {
              for (const [value, expected] of found) {
                assert.ok(Math.abs(value - expected) < 1e-14, `${value}, not ${expected}: ${asked.join(", ")}`);
              }
            }
          }
        });
      }
    });
  }
});

Deno.test("memory of the module that each call writes before it reads has the same derivatives in every order", async () => {
  const buffers = {
    top: "const scratch = new Float64Array(4); let last;",
    value: "for (let i = 0; i < 4; i++) scratch[i] = b * b; last = scratch[3]; return (scratch[1] + last) / 2",
  };
  for (const order of ORDERS) {
    await withModule({ "tesseract_api.ts": `// @ts-nocheck\n${source(buffers)}` }, async (module) => {
      for (const call of [...order, ...order]) {
        for (const [value, expected] of await CALLS[call]!(module)) {
          assert.ok(Math.abs(value - expected) < 1e-14, `${call}: ${value}, not ${expected}`);
        }
      }
    });
  }
});

Deno.test("forwards, what is kept is no constant where its tangent is 0 in the call that computed it", async (t) => {
  const X = [0.7, 0.3],
    shared = `let kept; const out = new Float64Array(2);
    const sin = customDerivative((a) => Math.sin(a), { jvp: ([a], [d]) => Math.cos(a) * d });
    const cos = customDerivative(async (a) => Math.cos(a), { jvp: async ([a], [d]) => -Math.sin(a) * d });
    const square = checkpoint((a) => { for (let i = 0; i < 2; i++) a *= a; return a });`;
  const cases: Record<string, { of: string; use?: string; first?: number[] }> = {
    "another element": { of: "x[1] * x[1]" },
    "of tangents whose sum is 0": { of: "x[0] - x[1]", first: [1, 1] },
    array: { of: "x.map((v) => v * v)", use: "kept.map((v) => v * x[0])" },
    "array, written in a loop": { of: "out.map((_, i) => x[i] ** 2)", use: "kept[1] * x[0]" },
    object: { of: "({ v: x[1] })", use: "kept.v * x[0]" },
    "what a rule gives": { of: "sin(x[1])" },
    "what a rule gives later": { of: "await cos(x[1])" },
    "what a checkpoint gives": { of: "square(x[1])" },
    "what comes after rules": { of: "sin(square(x[1] * x[0])) + await cos(x[0])", use: "square(kept * sin(x[0]))" },
  };
  for (const [name, { of, use = "kept * x[0]", first = [1, 0] }] of Object.entries(cases)) {
    await t.step(name, async () => {
      const bodies = {
        keeps: `async (x) => { kept ??= ${of}; return ${use} }`,
        fresh: `async (x) => { const kept = ${of}; return ${use} }`,
      };
      for (const phase of ["dynamic", "specialised"]) {
        await Functions.with(bodies, async (functions) => {
          if (phase === "specialised") {
            await functions.jvp("fresh", X, first);
            functions.specialise();
          }
          const found = await functions.jvp("keeps", X, first), rows = await functions.differences("fresh", X);
          const expected = rows.map((row) => [row[0]! * first[0]! + row[1]! * first[1]!]);
          close(found.map((d) => [d]), expected, 1e-6, `${phase}: the call that computed it`);
          for (const tangent of [[0, 1], [1, 0], [1, 2]]) {
            const later = functions.jvp("keeps", X, tangent);
            await assert.rejects(
              later,
              /an output depends on a number that an earlier call computed/,
              `${phase}, ${tangent}`,
            );
          }
        }, { shared });
      }
    });
  }
});

Deno.test("what is kept on objects that all code shares is refused", async (t) => {
  /** In code that `check` reads, and in code that only a run shows. */
  const shared = "class Own { static n = 0 } const key = 'kept', alias = globalThis, M = Math, A = Array;";
  const seen = [
    "globalThis.kept ??= b; return kept",
    "globalThis['kept'] ??= b; return globalThis.kept",
    "globalThis[key] = b; return kept",
    "Math.kept = b; return Math.kept",
    "Array.prototype.kept = b; return [].kept",
    "Float64Array.prototype.map.kept = b; return 1",
    "[Math.kept] = [b]; return Math.kept",
    "({ b: Math.kept } = { b }); return Math.kept",
    "for (Math.kept of [b]); return Math.kept",
    "Math.kept ??= 0; Math.kept++; return Math.kept",
    "Math.kept += b; return Math.kept",
    "globalThis.Math.kept = b; return Math.kept",
    "delete Math.kept; return b",
    "kept = b; return kept",
    "const { log } = console; let r; console.log = (s) => { r = Number(s) }; console.log(`${b}`); console.log = log; return r",
    "util.kept = b; return util.kept",
    "util.inspect.kept = b; return util.inspect.kept",
  ];
  const run = [
    "alias.kept = b; return alias.kept",
    "alias.kept ??= b; return alias.kept",
    "alias.kept += b; return alias.kept",
    "alias[key] = b; return alias[key]",
    "alias[key] += b; return alias[key]",
    "M.kept = b; return M.kept",
    "const r = [], c = console; c.log = r.push.bind(r); console.log(`${b}`); return Number(r[0])",
    "A.kept = b; return A.kept",
    "[].constructor.kept = b; return A.kept",
    "Object.getPrototypeOf([]).kept = b; return [].kept",
    "const { prototype } = A; prototype.kept = b; return [].kept",
    "const f = [].push; f.kept = b; return f.kept",
    "[M.kept] = [b]; return M.kept",
    "[M[key]] = [b]; return M.kept",
    "M.kept ||= b; return M.kept",
    "M.kept = 1; M.kept++; return b",
    "M.kept++; return b",
    "Object.assign(alias, { kept: b }); return alias.kept",
    "Object.defineProperty(Math, key, { value: b, configurable: true }); return Math.kept",
    "Object.defineProperties(Math, { kept: { value: b, configurable: true } }); return Math.kept",
    "Object.setPrototypeOf(Math, { kept: b }); return Math.kept",
    "Reflect.set(Math, key, b); return Math.kept",
    "Reflect.defineProperty(Math, key, { value: b, configurable: true }); return Math.kept",
    "const u = util.inspect; u.kept = b; return u.kept",
  ];
  const module = (body: string) => ({
    "tesseract_api.ts": `// @ts-nocheck\nimport * as util from "node:util";\n${
      source({ top: `let kept1; ${shared} const f = (b) => {\n  ${body} };`, value: "return f(b)" })
    }`,
  });
  const call = (module: TesseractModule) => jacobian(module, INPUTS, new Set(["b"]), Y, {});
  for (const body of [...seen, ...run]) {
    await t.step(body, () =>
      withModule(module(body), async (module) => {
        const error = await call(module).then((found) => assert.fail(Deno.inspect(found)), (error: Error) => error);
        const name = seen.includes(body) ? "SyntaxError" : "TypeError";
        assert.ok(error.name === name && /is changed here/.test(error.message), String(error));
        assert.match(String(error), /tesseract_api\.ts:6:\d+/);
        assert.deepEqual([[], Math, Array, globalThis].map((o) => "kept" in o), [false, false, false, false]);
      }));
  }
  for (
    const body of [
      "Own.n = b; Own.prototype.v = b; class C { v = 0; static s = 1 } const c = new C(); c.v = b; c.v += b; C.s = b; return c.v",
      "const o = {}; o.v = b; o[key] = b; o.v++; Object.assign(o, { w: b }); const list = []; list.x = b; return o.v + o.w + list.x",
      "const o = { constructor: 1 }; o.v = b; const f = () => {}; f.v = b; return o.v * f.v",
      "class P { get w() { return this.v } } class Q extends P { constructor(v) { super(); this.v = v; super.u = v; super.u++ } } return new Q(b).w",
      "const m = Object.create(Math); m.v = b; process.env.NOTHING = 'a'; return m.v",
    ]
  ) {
    await t.step(body, () =>
      withModule(module(body), async (module) => {
        const { y } = await call(module), f = new Function("b", `${shared} const process = { env: {} }; ${body}`);
        const expected = INPUTS.a * (f(INPUTS.b + 1e-6) - f(INPUTS.b - 1e-6)) / 2e-6;
        assert.ok(Math.abs(first(y!["b"]) - expected) < 1e-6, `${first(y!["b"])}, not ${expected}`);
      }));
  }
});

Deno.test("what a JSON file has is each copy's own", async () => {
  const files = { "table.json": '{ "rows": [[0, 1], [2, 3]] }' };
  const top = 'import table from "./table.json" with { type: "json" }; const rows = table.rows;';
  const asked = ["the Jacobian by a", "the Jacobian by b", "forwards by b", "backwards by a and b"];
  for (const value of ["rows[0][0] ||= b * b; return rows[0][0]", "rows.kept ??= b * b; return rows.kept"]) {
    await withModule({ "tesseract_api.ts": `// @ts-nocheck\n${source({ top, value })}`, ...files }, async (module) => {
      // It keeps what it computed, as `apply` has it.
      const apply = module.functions.apply as (inputs: unknown, context: unknown) => { y: number };
      apply(INPUTS, {});
      for (const name of asked) {
        const found = await CALLS[name]!(module).catch((error: Error) => error);
        if (found instanceof Error) assert.match(found.message, /an output depends on a number that an earlier call/);
        else for (const [value, expected] of found) assert.ok(Math.abs(value - expected) < 1e-14, `${name}: ${value}`);
      }
    });
  }
});

Deno.test("there are 64 copies of a module that keeps something: for another set of inputs it is an error", async () => {
  const names = Array.from({ length: 65 }, (_, i) => `k${i}`);
  const text = `// @ts-nocheck
import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
let count = 0;
export default defineTesseract({
  InputSchema: z.object({ p: z.record(z.string(), differentiable(scalar("float64"))) }),
  OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
  derivatives: "auto",
  apply({ p }) { count++; return { y: Object.values(p).reduce((s, v) => s + v * v, 0) } },
});`;
  await withModule({ "tesseract_api.ts": text }, async (module) => {
    const inputs = { p: Object.fromEntries(names.map((name) => [name, 3])) };
    const by = async (name: string) => {
      const path = `p.{${name}}`;
      const { y } = await jacobian(module, inputs, new Set([path]), Y, {});
      return first(y![path]);
    };
    for (const name of names.slice(0, 64)) assert.equal(await by(name), 6, name);
    await assert.rejects(by("k64"), /keeps values from call to call.* 64 different sets of inputs; ask for/);
    assert.equal(await by("k0"), 6);
  });
});

Deno.test("a module that keeps nothing is known as such", () => {
  const keeps = (code: string) =>
    rewriteModule(
      `import { z, checkpoint, customDerivative, defineTesseract, ndarray, stopGradient as constant } from "@tesseract/runtime";
      import * as runtime from "@tesseract/runtime";\n${code}`,
      "file:///a.js",
      (p) => p,
    )
      .keepsState;
  for (
    const code of [
      "const n = 10, dx = 1 / n, s = Math.sqrt(2), name = 'a'; export const f = (x) => { const a = [x]; a[0] = n * dx * s; return a }",
      "const S = z.object({ x: z.array(z.number()).default([]) }); function f() { let y = 1; y += 1; return { y } }",
      "const field = () => z.array(z.number()); function named(n) { return field().describe(n) } const S = z.object({ a: field(), b: named('b'), c: named('c').optional() });",
      "const f = customDerivative((a) => a, { jvp: (_, [d]) => d }), g = checkpoint((a) => f(a));",
      "class Vector { constructor(x) { this.x = x } scale(k) { this.x *= k; return this } static of(x) { return new Vector(x) } }",
      "const field = (shape) => z.array(z.number()).length(shape[0]); const S = field([2]).optional();",
      "export default defineTesseract({ InputSchema: z.object({}), apply: ({ x }) => ({ x }) });",
      "const t = [1, 2, 3]; function f(x) { let s = 0; for (const a of t) s += a * x; return s + t[1] + t.length }",
      "const t = [[1, 2], [3, 4]]; function f(x) { let s = 0; for (const [a, b] of t) s += a * b; for (const row of t) s += row[1]; const r = t[0]; return r[0] * s * t[1][0] }",
      "const c = { g: 9.81, air: { rho: 1.2, mu: 1e-5 } }; function f(x) { const { g, air: { rho } } = c; return x * g * rho * c.air.mu }",
      "const t = new Float64Array([1, 2]), m = new Map([['a', 1]]); const f = (x) => t.map((v) => v * x).length + m.get('a') + Math.max(...t)",
      "const t = Object.freeze([1, 2]); function at(table, x) { let i = 0; while (table[i] < x) i++; return i < 9 ? i : at(table, x - 1) } const f = (x) => at(t, x)",
      "const t = Array.from({ length: 5 }, (_, i) => i * 0.1); function f(x) { const sum = t.reduce((s, v) => s + v, 0); return sum * x }",
      "import t from './t.json'; function f(x) { const { rows } = t; for (const [a] of t.list) x += rows[0][1] * a; return x * t.rows[1][0] }",
      "export default { apply({ x }) { const o = {}; o.x = x; return o } };",
    ]
  ) assert.equal(keeps(code), false, code);
  for (const { top = "", value } of Object.values(KEPT)) {
    if (!top.startsWith("import")) {
      assert.equal(keeps(`${top} export function f(b) { ${value} }`), true, `${top} ${value}`);
    }
  }
  for (
    const code of [
      "const f = function () {}; Object.assign(f, { cache: 0 });",
      "const make = () => ({}); const kept = make(); function f(b) { kept.b = b }",
      "const make = () => (() => { let c; return (v) => c ??= v })(); const kept = make(); function f(b) { kept(b) }",
      "const make = () => { const o = {}; return o }; const kept = make(); function f(b) { kept.b = b }",
      "const make = (c) => (v) => c ??= v; const kept = make(); function f(b) { kept(b) }",
      "function make(c) { return (v) => c ??= v } const kept = make(); function f(b) { kept(b) }",
      "const make = (c) => z.number().refine((v) => c ??= v); const kept = make();",
      "const make = (n) => n > 0 ? make(n - 1) : z.object({}); const S = make(1);",
      "const a = await load(); ",
      "const t = [1, 2]; function f(b) { t[0] = b }",
      "const t = [1, 2]; function f(b) { t[0]++ }",
      "const t = [1, 2]; function f(b) { [t[0], t[1]] = b }",
      "const t = [1, 2]; function f(b) { ({ a: t[0] } = b) }",
      "const t = [1, 2]; function f(b) { for (t[0] of b); }",
      "const t = [1, 2]; function f(b) { t.push(b) }",
      "const t = [1, 2]; function f(b) { t['push'](b) }",
      "const t = [1, 2]; function f(b) { t.forEach((v, i, all) => { all[i] = b }) }",
      "const t = [1, 2], put = (v, i, all) => { all[i] = 1 }; function f(b) { t.forEach(put) }",
      "const t = [1, 2]; function f(b) { const s = t; s[0] = b }",
      "const t = [1, 2]; function f(b) { let s; s = t; s[0] = b }",
      "const t = [1, 2]; function put(s, b) { s[0] = b } function f(b) { put(t, b) }",
      "const t = [1, 2]; function put(s) { arguments[0][0] = 2 } function f(b) { put(t) }",
      "const t = [1, 2]; function put(b, ...s) { s[0][0] = b } function f(b) { put(b, t) }",
      "const t = [1, 2]; function f() { return t }",
      "const t = [1, 2]; function f(g) { g(t) }",
      "const t = [[1], [2]]; function f(b) { for (const row of t) row[0] = b }",
      "const t = [[1], [2]]; function f(b) { t.forEach((row) => { row[0] = b }) }",
      "const t = [[1], [2]]; function f(b) { const [row] = t; row[0] = b }",
      "const t = [[1], [2]]; function f(b) { const copy = [...t]; copy[0][0] = b }",
      "const t = { a: { b: 1 } }; function f(b) { const { a } = t; a.b = b }",
      "const t = { a: 1 }; function f(b) { delete t.a }",
      "const t = { a: 1 }; function f(b) { Object.assign(t, b) }",
      "const t = { a: 1 }; function f(b) { return { t } }",
      "const t = { a() {} }; function f(b) { t.a.cache = b }",
      "export const t = [1, 2];",
      "const t = [1, 2]; export { t };",
      "const m = new Map([[1, 2]]); function f(b) { m.set(1, b) }",
      "const m = new Map([[1, [2]]]); function f(b) { m.get(1)[0] = b }",
      "const t = new Float64Array([1, 2]); function f(b) { t.subarray(1)[0] = b }",
      "const t = new Float64Array([1, 2]); function f(b) { new Float64Array(t.buffer)[0] = b }",
      "import t from './t.json'; function f(b) { t[0] = b }",
      "import t from './t.json'; function f(g) { g(t) }",
      "export const f = async () => await import('./other.js');",
      "import { cache } from './other.js'; export const f = (v) => { cache.v = v };",
      "class A { static { this.list = [] } }",
      "export default defineTesseract({ apply: (() => { let c; return ({ x }) => ({ x: c ??= x }) })() });",
    ]
  ) assert.equal(keeps(code), true, code);
});
