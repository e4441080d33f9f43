/** What `customDerivative` is told: a rule that does not fit its function is an error, in dynamic and in specialised code. */
import assert from "node:assert/strict";
import { follows, Functions, refuses, X } from "./module.ts";

const RULES = `
const out = new Float64Array(1);
const exp = customDerivative((a) => { out[0] = Math.exp(a); return out }, {
  jvp: (_, [da], y) => [y[0] * da], vjp: (_, c, y) => [c[0] * y[0]] });
const round = customDerivative((a) => a * a, { jvp: ([a], [d]) => 2 * a * d, vjp: ([a], c) => [2 * a * c] });
const same = customDerivative((a) => a, { jvp: (_, [d]) => d, vjp: (_, c) => [c] });
const part = customDerivative((a) => [a.subarray(1)], { jvp: (_, [d]) => [d.slice(1)], vjp: (_, [c]) => [[0, ...c]] });
const times = (k) => customDerivative((a) => a * k, { jvp: (_, [d]) => d * k, vjp: (_, c) => [c * k] });
const inRule = (k) => customDerivative((a) => a * 2, { jvp: (_, [d]) => d * k, vjp: (_, c) => [c * k] });
const scaled = (w) => customDerivative((a) => { let s = 0; for (let i = 0; i < w.length; i++) s += a * w[i]; return s },
  { jvp: (_, [d]) => d, vjp: (_, c) => [c] });
const gives = (k) => customDerivative((a) => [a, k], { jvp: (_, [d]) => [d, 0], vjp: (_, c) => [c[0]] });
const later = (k) => customDerivative(async (a) => { await 0; return a * k }, { jvp: (_, [d]) => d, vjp: (_, c) => [c] });
`;

Deno.test("a rule is of what the function gave, also where it uses its memory again", async () => {
  await follows({
    "memory that is used again": "const p = exp(x[0])[0], q = exp(x[1])[0]; return p + q",
    "a result that the next call changes": "const p = exp(x[0]), q = exp(x[1]); return p[0] + q[0] * x[2]",
    "and a call of constants": "const p = exp(x[0]), q = exp(1); return p[0] * x[2]",
    "a list of results":
      "const all = [0, 1, 2].map((i) => exp(x[i]).slice()); return all[0][0] + all[1][0] * all[2][0]",
    "arguments that the function does not see": "return x.map(round)",
    "of a list": "return [...x].map(round)",
    "a scratch array from outside":
      "const s = new Float64Array(2); const f = customDerivative((a) => { for (let i = 0; i < 2; i++) s[i] = a * a; return s[0] }, " +
      "{ jvp: ([a], [d]) => 2 * a * d, vjp: ([a], c) => [2 * a * c] }); return f(x[0]) + f(x[1])",
    "a constant from outside": "return times(3)(x[0])",
  }, RULES);
});

Deno.test("a function of customDerivative may not use or give what it was not given", async () => {
  await refuses(
    { number: "return times(x[1])(x[0])", array: "return scaled(x)(x[0])", returned: "return gives(x[1])(x[0])" },
    /pass it as an argument/,
    RULES,
  );
  await refuses(
    { rule: "return inRule(x[1])(x[0])", later: "return later(x[1])(x[0])" },
    /pass it as an argument/,
    RULES,
  );
  await refuses(
    { same: "const a = same(x); a[0] *= 2; return x[0]", part: "return part(x)[0][0]" },
    /returns an array that it was given; return a copy/,
    RULES,
  );
});

Deno.test("a function of customDerivative takes and gives arrays, whose shape is no part of the derivative", async () => {
  const shared = `
    const row = (x) => ndarray("float64", [1, x.length], x);
    const times = (a, k) => ({ ...a, data: a.data.map((v) => v * k) });
    const scaled = customDerivative(times, {
      jvp: ([a, k], [da, dk]) => like(da, da.data.map((d, i) => d * k + a.data[i] * dk)),
      vjp: ([a, k], c) => [times(c, k), c.data.reduce((sum, bar, i) => sum + bar * a.data[i], 0)] });
    const halved = customDerivative((a) => times(a, 0.5), {
      jvp: (_, [d]) => d.data.map((v) => v / 2), vjp: (_, c) => [Array.from(c.data, (v) => v / 2)] });
    const named = customDerivative((a) => ({ ...a, data: a.data.map((v) => v * a.scale), scale: a.scale ** 2 }), {
      jvp: ([a], [d]) => ({ data: a.data.map((v, i) => d.data[i] * a.scale + v * d.scale), scale: 2 * a.scale * d.scale }),
      vjp: ([a], c) => [{ data: c.data.map((bar) => bar * a.scale),
        scale: c.data.reduce((sum, bar, i) => sum + bar * a.data[i], 2 * a.scale * c.scale) }] });
    const inObject = customDerivative((o) => ({ n: 7, all: [times(o.a, o.k)] }), {
      jvp: ([{ a, k }], [d]) => ({ all: [{ data: d.a.data.map((v, i) => v * k + a.data[i] * d.k) }] }),
      vjp: ([{ a, k }], { all: [c] }) =>
        [{ a: times(c, k), k: c.data.reduce((sum, bar, i) => sum + bar * a.data[i], 0) }] });
  `;
  await follows({
    "argument and result": "const r = scaled(row(x), x[0]); return [...r.data, r.shape[1] * x[1], r.data[r.shape[0]]]",
    "a shape as text": "const r = scaled(row(x), x[1]); return [...r.data, JSON.stringify(r.shape).length]",
    "its data alone": "const r = halved(row(x)); return [...r.data, r.shape[0] * x[0]]",
    "an array with a number beside its data":
      "const r = named({ ...row(x), scale: x[1] }); return [...r.data, r.scale, r.shape[1] * x[0]]",
    "in objects and lists":
      "const { n, all: [r] } = inObject({ a: row(x), k: x[1] }); return [...r.data, r.shape[1] * n * x[0]]",
  }, shared);
});

Deno.test("what a rule gives must have the structure of the value, and the shape of an array", async () => {
  const given = (f: string, d: string) => `customDerivative(${f}, { jvp: (_, [d]) => ${d}, vjp: (_, d) => [${d}] })`;
  const array = 'ndarray("float64", [1, x.length], x)';
  await refuses(
    {
      shape: `return ${given("(a) => like(a)", "ndarray('float64', [d.shape[1], 1])")}(${array}).data`,
      key: `return ${given("(a) => ({ v: a.v * 2 })", "({ w: 1 })")}({ v: x[0] }).v`,
      number: `return ${given("(a) => ({ v: a.v * 2 })", "5")}({ v: x[0] }).v`,
      list: `return ${given("(a) => ({ v: a.v * 2 })", "[5]")}({ v: x[0] }).v`,
      data: `return ${given("(a) => ({ data: a.data, n: a.n * 2 })", "[5]")}({ data: x[0], n: x[1] }).n`,
    },
    /expected the shape \[1,\d\], got \[\d,1\]|there is no 'w'; expected v|expected an object, got (5|a list)/,
  );
});

Deno.test("a rule without a return is an error, null is zero", async () => {
  const rule = "(a) => a * 2, { jvp: ([a], [d]) => { 2 * d }, vjp: ([a], c) => { [2 * c] } }";
  await refuses(
    { forgotten: `return customDerivative(${rule})(x[0])` },
    /tesseract_api\.ts:\d+:\d+: (jvp gives undefined; is a return missing\?|vjp is to return a list)/,
  );
  await follows({
    zero: "return customDerivative((a) => Math.floor(a), { jvp: () => null, vjp: () => [null] })(x[0]) + x[1]",
  });
});

Deno.test("what a function of customDerivative leaves outside and other code reads is an error of check", async (t) => {
  const rule = "{ jvp: (_, [d]) => d, vjp: (_, c) => [c] }";
  const copy = (top: string, body: string) =>
    Functions.with({ f: body }, (functions) => functions.check("f", X, [[1, 0, 0]]), { shared: top });
  const refused: Record<string, [top: string, body: string]> = {
    variable: [`let left = 0; const f = customDerivative((a) => { left = a; return a }, ${rule});`, "f(x[0]) + left"],
    "sum": [`let left = 0; const f = customDerivative((a) => { left += a; return a }, ${rule});`, "f(x[0]) + left"],
    "count": [`let left = 0; const f = customDerivative((a) => { left++; return a }, ${rule});`, "f(x[0]) * left"],
    pattern: [
      `let left = 0; const f = customDerivative((a) => { [left] = [a]; return a }, ${rule});`,
      "f(x[0]) + left",
    ],
    array: [
      `const left = [0]; const f = customDerivative((a) => { left[0] = a; return a }, ${rule});`,
      "f(x[0]) + left[0]",
    ],
    "typed array": [
      `const left = new Float64Array(2); const f = customDerivative((a) => { left.fill(a); return a }, ${rule});`,
      "f(x[0]) + left[0]",
    ],
    list: [
      `const left = []; const f = customDerivative((a) => { left.push(a); return a }, ${rule});`,
      "f(x[0]) + left[0]",
    ],
    map: [
      `const left = new Map(); const f = customDerivative((a) => { left.set(1, a); return a }, ${rule});`,
      "f(x[0]) + left.get(1)",
    ],
    object: [
      `const left = {}; const f = customDerivative((a) => { left.v = a; return a }, ${rule});`,
      "f(x[0]) + left.v",
    ],
    "by Object.assign": [
      `const left = {}; const f = customDerivative((a) => { Object.assign(left, { a }); return a }, ${rule});`,
      "f(x[0]) + left.a",
    ],
    "by another name": [
      `const left = [0]; const f = customDerivative((a) => { const l = left; l[0] = a; return a }, ${rule});`,
      "f(x[0]) + left[0]",
    ],
    "part of it": [
      `const left = { p: [0] }; const f = customDerivative((a) => { const { p } = left; p[0] = a; return a }, ${rule});`,
      "f(x[0]) + left.p[0]",
    ],
    "each part of it": [
      `const left = [[0]]; const f = customDerivative((a) => { for (const l of left) l[0] = a; return a }, ${rule});`,
      "f(x[0]) + left[0][0]",
    ],
    "each part of it, by a callback": [
      `const left = [[0]]; const f = customDerivative((a) => { left.forEach((l) => { l[0] = a }); return a }, ${rule});`,
      "f(x[0]) + left[0][0]",
    ],
    "its memory": [
      `const left = new Float64Array(2); const f = customDerivative((a) => { left.subarray(1)[0] = a; return a }, ${rule});`,
      "f(x[0]) + left[1]",
    ],
    "in a function that it calls": [
      `let left = 0; const keep = (a) => { left = a; return a }; const f = customDerivative((a) => keep(a), ${rule});`,
      "f(x[0]) + left",
    ],
    "in a function that it gives it": [
      `const left = [0]; function keep(l, a) { l[0] = a } const f = customDerivative((a) => { keep(left, a); return a }, ${rule});`,
      "f(x[0]) + left[0]",
    ],
    "a named function": [
      `let left = 0; function keeps(a) { left = a; return a } const f = customDerivative(keeps, ${rule});`,
      "f(x[0]) + left",
    ],
    "in its rule": [
      "let left = 0; const f = customDerivative((a) => a, { jvp: (_, [d]) => left = d, vjp: (_, c) => [left = c] });",
      "f(x[0]) + left",
    ],
    "read by a function": [
      `let left = 0; const read = () => left, f = customDerivative((a) => { left = a; return a }, ${rule});`,
      "f(x[0]) + read()",
    ],
    exported: [`export let left = 0; const f = customDerivative((a) => { left = a; return a }, ${rule});`, "f(x[0])"],
    "of a call": [
      "",
      `let left = 0; const f = customDerivative((a) => { left = a; return a }, ${rule}); return f(x[0]) + left`,
    ],
    this: [
      `class Keeps { f = customDerivative((a) => { this.left = a; return a }, ${rule}) } const k = new Keeps();`,
      "k.f(x[0]) + k.left",
    ],
  };
  for (const [name, [top, body]] of Object.entries(refused)) {
    await t.step(name, () =>
      assert.rejects(copy(top, body), (error: Error) => {
        assert.equal(error.name, "SyntaxError", String(error));
        assert.match(
          error.message,
          /a function of customDerivative\(…\) changes (?:left|`this`).*tesseract_api\.ts:\d+:\d+/s,
        );
        return true;
      }));
  }
  const kept: Record<string, [top: string, body: string]> = {
    "a start for the next time": [
      `let start = 0; const f = customDerivative((a) => { for (let i = 0; i < 60; i++) start = (start + a) / 2; return a }, ${rule});`,
      "start = 1; return f(x[0])",
    ],
    "memory of helpers": [
      `const work = new Float64Array(2); const fill = (w, a) => { w[0] = a }, g = (a) => { fill(work, a); return work[0] };
       const f = customDerivative((a) => g(a), ${rule});`,
      "f(x[0])",
    ],
    "read as a constant": [
      `let count = 0; const f = customDerivative((a) => { count++; return a }, ${rule});`,
      "f(x[0]) + 0 * stopGradient(count)",
    ],
    "what it makes itself": [
      `const f = customDerivative((a) => { const l = [0], copy = table.slice(); copy[0] = l[0] = a; l.push(1); return l[0] }, ${rule});
       const table = [1, 2];`,
      "f(x[0]) * table[0]",
    ],
    "other names": [
      `let left = 0; const f = customDerivative((a) => { let left = a; left += 0; return left }, ${rule});`,
      "f(x[0]) + left",
    ],
  };
  for (const [name, [top, body]] of Object.entries(kept)) await t.step(name, () => copy(top, body));
});

Deno.test("an error of a rule is one also where the author's code catches it", async () => {
  await refuses(
    {
      shape: "try { return short(x)[0] } catch { return x[1] }",
      throws: "try { return throws(x[0]) } catch { return x[1] }",
      waits: "return waits(x[0]).catch(() => x[1])",
    },
    /expected|of the rule/,
    `const fail = () => { throw new Error("of the rule") };
    const short = customDerivative((a) => a.slice(), { jvp: (_, [d]) => d.slice(1), vjp: (_, c) => [c.slice(1)] });
    const throws = customDerivative((a) => a * 2, { jvp: fail, vjp: fail });
    const waits = customDerivative(async (a) => a * 2, { jvp: async () => fail(), vjp: async () => fail() });`,
  );
});
