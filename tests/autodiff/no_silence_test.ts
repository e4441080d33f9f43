/** What would be a wrong number in silence is an error, or is followed: in dynamic and in specialised code. */
import assert from "node:assert/strict";
import { follows, Functions, refuses, X } from "./module.ts";

Deno.test("an error of the derivative is one also where the author's code catches it", async () => {
  await refuses({
    catch: "let s = '?'; try { s = x[0].toFixed(2); } catch { /* only a label */ } return x[1] * s.length",
    finally: "const f = () => { try { return x[0].toFixed(2).length } finally { return 1 } }; return x[1] * f()",
    promise: "return Promise.resolve(x[0]).then((a) => a.toFixed(2).length).catch(() => 1).then((n) => n * x[1])",
    settled: "return Promise.allSettled([(async () => x[0].toFixed(2))()]).then(([r]) => r.status.length * x[1])",
    loop:
      "let s = 0; for (let i = 0; i < 3; i++) { try { s += JSON.stringify(x[i]).length } catch { s += x[i] } } return s",
  }, /tesseract_api\.ts:\d+:\d+: A number that depends/);
});

Deno.test({
  name: "the bytes of constants are read beside specialised code, which ends",
  fn: () =>
    follows({
      bytes: `const table = new Float64Array([1, 2, 3]), bytes = new Uint8Array(table.buffer); let hash = 0;
        for (const byte of bytes) hash = (hash * 31 + byte) | 0;
        const y = new Float64Array(x.length);
        for (let i = 0; i < y.length; i++) y[i] = x[i] * table[i % 3] + (hash & 1);
        return y`,
      "another function":
        `const checksum = (a) => new Uint8Array(a.buffer)[7]; let s = checksum(new Float64Array([1, 2]));
        for (let i = 0; i < x.length; i++) s += x[i] * i; return s`,
      buffer: `const memory = new ArrayBuffer(24), table = new Float64Array(memory), bytes = new Uint8Array(memory);
        table.set([1, 2, 3]); let s = bytes[7];
        for (let i = 0; i < x.length; i++) s += x[i] * table[i]; return s`,
    }),
});

Deno.test("a call that begins again on a longer tape finds module and context as they were", async () => {
  const body = `if (busy) throw new Error("not reentrant");
    busy = true; let a = x[0]; for (let i = 0; i < 20000; i++) a = a * 0.9999 + 1e-4 * Math.sin(a); busy = false; return a`;
  const counts = `context.n = (context.n ?? 0) + 1; const { n } = context; let a = x[0];
    for (let i = 0; i < 20000; i++) a = a * 0.9999 + 1e-4 * Math.sin(a); return a * n`;
  await follows({ busy: body, counts }, "let busy = false;");
});

Deno.test("an output that depends on what an earlier call computed is an error", async () => {
  const shared = `let last, number; const scratch = new Float64Array(3);`;
  await follows({
    scratch:
      "let s = 0; for (let i = 0; i < 3; i++) scratch[i] = x[i] * i; for (let i = 0; i < 3; i++) s += scratch[i]; return s",
    "a comparison": "const n = number !== undefined && number > 100 ? 3 : 2; number = x[0] * 2; return n * x[1]",
    "no part of the output":
      "const d = last === undefined ? 0 : last[0] - x[0]; last = x.slice(); return x[1] * (Math.abs(d) < 1e9 ? 2 : 3)",
    "stopped": "const d = last === undefined ? 1 : 1; last = stopGradient(x); return x[1] * d + 0 * last[0]",
  }, shared);
  for (
    const body of [
      "const old = number; number = x[0] * 3; return (old ?? 0) * 1 + x[1]",
      "const old = last ?? new Float64Array(3); last = x.map((v) => v * v); return old[0] * x[1]",
      "let s = 0; const old = last ?? new Float64Array(3); for (let i = 0; i < 3; i++) s += old[i] * i; last = x.slice(); return s + x[0]",
      "let s = 0; for (let i = 0; i < 3; i++) { s += scratch[i] * i; scratch[i] = x[i]; } return s + x[0]",
    ]
  ) {
    await Functions.with({ body }, async (functions) => {
      for (const phase of ["dynamic", "specialised"]) {
        const ways = [
          () => functions.jvp("body", X, [1, 2, 3]),
          () => functions.vjp("body", X, [1]),
          () => functions.jacobian("body", X),
        ];
        for (const way of ways) {
          await way().catch(() => {}); // The first call of a copy keeps something.
          await assert.rejects(way(), /an earlier call computed .* stopGradient/, `${body}, ${phase}`);
        }
        functions.specialise();
      }
    }, { shared });
  }
});

const CLASSES = `
class Length { constructor(m) { this.m = m } valueOf() { return this.m } }
class Quantity { constructor(v) { this.v = v } [Symbol.toPrimitive](hint) { return hint === "string" ? "q" : this.v } }
const twice = customDerivative((a) => a * 2, { jvp: (_, [d]) => 5 * d, vjp: (_, c) => [5 * c] });
`;

Deno.test("an object beside an operator is the number that its valueOf gives, with its derivative", async () => {
  await follows({
    "valueOf": "const a = new Length(x[0]), b = new Length(x[1]); return a * b + a - b / 2 + (a ** 2) % 7",
    "toPrimitive": "const q = new Quantity(x[0]); return q * 2 + x[1] * q",
    "comparison": "const a = new Length(x[0]), b = new Length(x[1]); return a > b ? 2 * x[0] : 3 * x[1]",
    "loose equality with text": "return new Length(x[0]) != '7' ? 2 * x[0] : 3 * x[1]",
    "loose equality": "return new Length(x[0]) == x[0] ? 2 * x[0] : 3 * x[1]",
    "unary": "let c = new Length(x[2]); c++; return -new Length(x[0]) + +new Length(x[1]) * c",
    "Math": "return Math.sin(new Length(x[0])) + Math.max(new Length(x[2]), x[1]) + Math.hypot(new Length(x[1]), 1)",
    "Number": "return Number(new Length(x[0])) * x[1]",
    "in an array": "const a = new Float64Array(1); a[0] = new Length(x[0]); return a[0] * x[1]",
    "in a loop": "let s = 0; for (let i = 0; i < 3; i++) s += new Length(x[i]) * i; return s",
    "switch": "const a = new Length(x[0]); switch (a) { case a: return 2 * x[0]; default: return x[1] }",
    "text of a hint": "return `${new Quantity(x[0])}`.length * x[0]",
  }, CLASSES);
  await refuses(
    {
      "Number object": "return new Number(x[0]) * x[1]",
      text: "return `${new Length(x[0])}`.length * x[1]",
      sum: "return Number('' + new Length(x[0])) * x[1]",
    },
    /tesseract_api\.ts:\d+:\d+: A number that depends/,
    CLASSES.replace("valueOf()", "toString() { return this.m } valueOf()"),
  );
});

Deno.test("functions that are given by name to built-in ones are followed there", async () => {
  await Functions.with({
    map: "return [...x].map(twice)",
    from: "return Array.from(x, twice)",
    "map of an array": "return x.map(twice)",
    then: "return Promise.resolve(x[0]).then(twice)",
    bind: "return [...x].map(twice.bind(null))",
    iterator: "return [...[...x].values().map(twice)]",
  }, async (functions) => {
    for (const name of ["map", "from", "map of an array", "then", "bind", "iterator"]) {
      const row = (i: number) => [0, 1, 2].map((j) => i === j ? 5 : 0);
      await functions.check(name, X, name === "then" ? [row(0)] : [0, 1, 2].map(row));
    }
  }, { shared: CLASSES });
  await follows({
    Math: "return [...x].map(Math.abs).concat(Array.from(x, Math.sin))",
    reduce: "return [x[0], x[1]].reduce(Math.atan2, 1)",
    Number: "return [...x].map(Number)",
    checkpoint: "return [...x].map(checkpoint((a) => a * a))",
    bound: "return [...x].map(Math.pow.bind(Math, 3))",
  });
  await Functions.with(
    { stop: "const s = [...x].map(stopGradient); return s[0] * x[1]" },
    (functions) => functions.check("stop", X, [[0, 1.5, 0]]),
  );
});

Deno.test("a number that depends on an input has the members of a number, and no others", async () => {
  const value = "const value = (p) => p.v ?? p;";
  await follows({
    "a property of objects": "return value(x[0]) * value({ v: x[1] })",
    "optional": "return (x[0]?.d ?? 3) * x[1] + (x[0].b === undefined ? x[2] : 0)",
    "computed": "const k = 'v'; return (x[0][k] === undefined ? 2 : 3) * x[1]",
    "destructured": "const { v = 2, d = 3 } = x[0]; return v * d * x[1]",
    "spread": "return Object.keys({ ...x[0] }).length + x[1]",
    "keys":
      "return (Object.keys(x[0]).length + Object.entries(x[0]).length + Object.getOwnPropertyNames(x[0]).length) + x[1]",
    "for in": "let n = 0; for (const k in x[0]) n++; return (n + 1) * x[1]",
    "own": "return (Object.hasOwn(x[0], 'v') || x[0].hasOwnProperty('v') ? 2 : 3) * x[1]",
    "prototype": "return (Object.getPrototypeOf(x[0]) === Number.prototype ? 2 : 3) * x[1]",
    "constructor": "return (x[0].constructor === Number ? 2 : 3) * x[1]",
    "frozen": "return Object.freeze(x[0]) * x[1] * (Object.isFrozen(x[0]) ? 2 : 3)",
    "in a loop": "let s = 0; for (let i = 0; i < 3; i++) s += value(x[i]) * (x[i].v === undefined ? 1 : 2); return s",
    "what is refused as for a number":
      "let n = 0; for (const f of [() => 'v' in x[0], () => { x[0].v = 1 }, () => { x[0].toFixed = 1 }, () => { x[0]['w'] = 1 }, () => [...x[0]]]) { try { f() } catch (e) { n += e instanceof TypeError } } return n * x[1]",
  }, value);
});

Deno.test("text of a number is refused in a branch that was never taken before the code was specialised", async (t) => {
  const shared = "const join = (a, b) => a + b;";
  const texts = {
    sum: "const t = '1' + x[i]; s += Number(t);",
    "sum from the right": "const t = x[i] + '1'; s += Number(t);",
    "of a variable": "const one = '1', t = one + x[i]; s += Number(t);",
    "of a choice": "const t = (i < 9 ? '1' : 2) + x[i]; s += Number(t);",
    "assignment": "let t = '1'; t += x[i]; s += Number(t);",
    "of a type": "const t = typeof i + x[i]; s += t.length;",
    "of a template": "const t = `${i}` + x[i]; s += Number(t);",
    "written out": "s += Number(join('1', x[i]));",
  };
  for (const [name, text] of Object.entries(texts)) {
    await t.step(name, async () => {
      const body =
        `let s = 0; for (let i = 0; i < 3; i++) { if (x[i] > 5) { ${text} } else s += x[i] * x[0]; } return s`;
      await Functions.with({ body }, async (functions) => {
        await functions.check("body", X);
        functions.specialise();
        await functions.check("body", X);
        const large = [1.5, 7, 2];
        await assert.rejects(functions.jvp("body", large, [1, 2, 3]), /turned into text here/);
        await assert.rejects(functions.vjp("body", large, [1]), /turned into text here/);
      }, { shared });
    });
  }
});

Deno.test("structuredClone of what cannot be copied with its derivatives is refused", async () => {
  await refuses(
    {
      views: "const c = structuredClone({ a: x, b: x.subarray(1) }); c.b[0] = 7; return c.a[1] * x[0]",
      bytes: "const c = structuredClone({ a: x, b: x.buffer }); return c.a[1] * x[0]",
      error: "return structuredClone(new Error('no', { cause: x[0] })).cause * 2",
      options: "return structuredClone({ v: x[0] }, { transfer: [] }).v",
      "in a Date": "return structuredClone(Object.assign(new Date(0), { v: x[0] })).v ?? x[1]",
    },
    /tesseract_api\.ts:\d+:\d+: (?:An array shares its memory with another one that|A number that depends .* is) .*structuredClone/,
  );
});

Deno.test("text that is only printed, or is of an error that is thrown, ends no derivative", async () => {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (...args: unknown[]) => void lines.push(args.join(" "));
  try {
    await follows({
      template: "console.log(`x is ${x[0]} and ${x[1].toFixed(2)}`, x[2].toPrecision(2)); return x[0] * 2",
      sum: "console.error('x is ' + x[0] + ' of ' + x); return x[1] * 2",
      loop: "let s = 0; for (let i = 0; i < 3; i++) { s += x[i] * i; console.log(`s = ${s.toFixed(3)}`); } return s",
      thrown: "try { if (x[0] > 0) throw new RangeError(`too large: ${x[0]}`) } catch { return x[1] * 3 } return 0",
      "thrown in a loop":
        "let s = 0; for (let i = 0; i < 3; i++) { try { if (x[i] > 0) throw new Error('large: ' + s); s += x[i] } catch { s += 2 * x[i] } } return s",
    });
    await refuses({
      "computed from it": "const t = `${x[0]}`; return Number(t)",
      "inside a call": "console.log(Number(`${x[0]}`)); return x[0]",
      "not thrown": "return Number(new Error(`${x[0]}`).message)",
    }, /turned into text/);
    await refuses({
      message: "try { throw new Error(x) } catch (e) { return Number(e.message.split(',')[0]) }",
      "of a class": "class E extends Error {} return Number(new E(x[0]).message)",
      "of many": "return Number(new AggregateError([], x).message.split(',')[0])",
    }, /is given to (Aggregate)?Error|turned into text/);
  } finally {
    Object.assign(console, { log, error });
  }
  assert.ok(lines.includes("x is 1.5 and -0.50 2.0"), lines[0]);
});

Deno.test("the message of an error that is thrown has the values", async () => {
  await refuses(
    { thrown: "if (flag) throw new Error(`no convergence at ${x[0]} of ${x}`); return x[0]" },
    /no convergence at 1\.5 of 1\.5,-0\.5,2$/,
    "const flag = new Error().stack.includes('autodiff');",
  );
});

Deno.test("stopGradient of what it does not copy is an error", async () => {
  await refuses(
    {
      class: "const p = stopGradient(new P(x[0])); return p.a * x[1]",
      map: "return stopGradient(new Map([['a', x[0]]])).get('a') * x[1]",
      inside: "return stopGradient({ p: [new Set([0]), new P(x)] }).p[1].a[0] * x[1]",
    },
    /given to stopGradient\(…\)/,
    "class P { constructor(a) { this.a = a } }",
  );
});

Deno.test("an error of checkpoint names its place, also where the author's code catches it", async () => {
  const bodies = {
    map: "const f = checkpoint((a) => new Map([['a', a * 2]])); try { return f(x[0]).get('a') } catch { return x[0] }",
    waits: "const f = checkpoint(async (a) => a * 2); try { return f(x[0]) } catch { return x[0] }",
  };
  await Functions.with(bodies, async (functions) => {
    const expected = /tesseract_api\.ts:\d+:\d+: a function given to checkpoint\(…\) (returns a Map|may not be async)/;
    for (const name of Object.keys(bodies)) await assert.rejects(functions.vjp(name, X, [1]), expected, name);
  });
});

Deno.test("what an earlier call kept in an array is not used as a number of this one in a checkpoint", async (t) => {
  const keep = "const old = a[0]; a[0] = v; return 2 * v + old;";
  const bodies = {
    array: `const kept = memory.array; return checkpoint((v, a) => { ${keep} })(x[0], kept) * x[1]`,
    "a list": `return checkpoint((v, [a]) => { ${keep} })(x[0], memory.list) * x[1]`,
    "an object": `return checkpoint((v, { a }) => { ${keep} })(x[0], memory.object) * x[1]`,
    "an object of a class": `return checkpoint((v, { a }) => { ${keep} })(x[0], memory.box) * x[1]`,
    "an object of a class in a list": `return checkpoint((v, [{ a }]) => { ${keep} })(x[0], memory.boxes) * x[1]`,
    "a map": `return checkpoint((v, m) => { const a = m.get("a"); ${keep} })(x[0], memory.map) * x[1]`,
    outside: `const a = memory.outside; return checkpoint((v) => { ${keep} })(x[0]) * x[1]`,
    "this": `return memory.owner.step(x[0]) * x[1]`,
  };
  const shared = `class Box { a = new Float64Array(1) }
    class Owner { a = new Float64Array(1); step = checkpoint(function (v) { const a = this.a; ${keep} }) }
    const make = () => new Float64Array(1);
    const memory = { array: make(), list: [make()], object: { a: make() }, box: new Box(), boxes: [new Box()],
      map: new Map([["a", make()]]), outside: make(), owner: new Owner() };`;
  await Functions.with(bodies, async (functions) => {
    for (const phase of ["dynamic", "specialised"]) {
      for (const name of Object.keys(bodies)) {
        await t.step(`${name}, ${phase}`, async () => {
          await functions.vjp(name, X, [1]).catch(() => {}); // The first call of a copy keeps something.
          for (let call = 0; call < 3; call++) await assert.rejects(functions.vjp(name, X, [1]), TypeError);
        });
      }
      functions.specialise();
    }
  }, { shared });
});

Deno.test("what a checkpoint takes from outside is another number when it runs again: an error, also if the value is the same", async () => {
  // `same` has the value of x[0], but another derivative.
  const shared = `
    const square = customDerivative((a) => a * a, { jvp: ([a], [d]) => 2 * a * d, vjp: ([a], c) => [2 * a * c] });
    const product = checkpoint((a, b) => a * b);
  `;
  const cases = {
    variable: "let q = x[0]; const f = checkpoint((a) => a * q); const r = f(x[1]); q = same; return r",
    "another value": "let q = x[0]; const f = checkpoint((a) => a * q); const r = f(x[1]); q = x[2]; return r",
    array: "const q = x.slice(); const f = checkpoint((a) => a * q[0]); const r = f(x[1]); q[0] = same; return r",
    object: "const o = { q: x[0] }; const f = checkpoint((a) => a * o.q); const r = f(x[1]); o.q = same; return r",
    rule: "let q = x[0]; const f = checkpoint((a) => a * square(q)); const r = f(x[1]); q = same; return r",
    nested: "let q = x[0]; const f = checkpoint((a) => product(a, q) * 2); const r = f(x[1]); q = same; return r",
    loop:
      "let q = x[0]; const f = checkpoint((a) => { for (let i = 0; i < 5; i++) a *= q; return a; }); const r = f(x[1]); q = same; return r",
  };
  const bodies = Object.entries(cases).map(([name, body]) => [name, `const same = x[2] - x[2] + x[0] * 1; ${body}`]);
  await Functions.with(Object.fromEntries(bodies), async (functions) => {
    for (const phase of ["dynamic", "specialised"]) {
      for (const name of Object.keys(cases)) {
        await assert.rejects(
          functions.vjp(name, X, [1]),
          /tesseract_api\.ts:\d+:\d+: a function given to checkpoint\(…\) computes with other numbers when it runs again/,
          `${name}, ${phase}`,
        );
      }
      functions.specialise();
    }
  }, { shared });
  await follows({
    "the same number": "const f = checkpoint((a) => a * square(x[0]) + product(a, x[2])); return f(x[1]) * f(x[2])",
  }, shared);
});

Deno.test("a checkpoint may read and change arrays in objects of classes", async () => {
  const step =
    "checkpoint((v, { a }) => { const old = a[0]; a[0] = v * a[1]; a[1] += old; return 2 * v + old * a[1]; })";
  await follows(
    {
      once: `const box = new Box(x[1] * x[2], x[0]); return ${step}(x[0], box) * box.a[0] + box.a[1]`,
      "many times": `const box = new Box(x[1], 2), step = ${step}; let s = 0;
      for (const v of x) s += step(v * s + 1, box) * box.a[0]; return s`,
      "the same values": `const box = new Box(x[0], 1); return ${step}(x[0], box) * x[1]`,
      "one in the other": `const box = new Box(x[1], x[2]), step = ${step};
      const outer = checkpoint((v, box) => step(v, box) + step(v * v, box)); return outer(x[0], box) + outer(x[2], box) * box.a[1]`,
      "its own memory, written before it is read": "return scratch.step(x[0]) * scratch.step(x[1] * x[2])",
      "views of one memory": `const box = new Pair(x[1], x[2]); return ${
        step.replace("{ a }", "{ whole: a, part }").replace("a[1] +=", "part[0] +=")
      }(x[0], box) + box.part[0]`,
      "an array that is an argument, too": `const box = new Box(x[1], x[2]); let s = 0;
      const f = checkpoint((a, { a: b }) => { b[0] *= a[1]; a[1] *= 1.1; return a[0] + b[1]; });
      for (let k = 0; k < 3; k++) s += f(box.a, box) * box.a[0]; return s * box.a[1]`,
      "views of it in lists and objects": `const box = new Box(x[0], x[1], x[2]); let s = 0;
      const f = checkpoint(([[a], { b }], box) => { a[0] *= box.a[1]; box.a[0] += b[1]; return box.a[2] * b[0]; });
      for (let k = 0; k < 3; k++) s += f([[box.a.subarray(1)], { b: box.a }], box) * box.a[0]; return s * box.a[1]`,
    },
    `class Box { constructor(...values) { this.a = Float64Array.from(values) } }
    class Pair { constructor(...values) { this.whole = Float64Array.from(values); this.part = this.whole.subarray(1) } }
    class Own { a = new Float64Array(1); step(v) { return run(v, this) } }
    const run = checkpoint((v, self) => { self.a[0] = v * v; return self.a[0] * v });
    const scratch = new Own();`,
  );
});

Deno.test("a getter or setter that Reflect calls has the object that it is given as `this`", () =>
  follows({
    get: "return Reflect.get({ get v() { return this.w * 2; }, w: 7 }, 'v', { w: x[0] }) + x[1]",
    "set":
      "const given = {}, o = { set v(w) { this.q = w * 2; } }; Reflect.set(o, 'v', x[0], given); return given.q * x[1] + (o.q ?? 0)",
    "a proxy":
      "const o = { get twice() { return this.a * 2; }, a: 7 }, p = new Proxy(o, { get: (t, k, r) => k === 'a' ? x[1] * 3 : Reflect.get(t, k, r) }); return p.twice * p.a",
    "what cannot be set": "return (Reflect.set(Object.freeze({ v: 1 }), 'v', x[0]) ? 5 : 2) * x[1]",
    elements:
      "const a = x.slice(); Reflect.set(a, 1, x[0] * 2); return Reflect.get(a, 1) * a[1] * Reflect.get(a, 'length')",
  }));

Deno.test("classes that extend Map and Set refuse active keys and members, and are followed otherwise", async () => {
  await refuses({
    members: "class U extends Set {} return new U([x[0], x[0] * 1, x[1]]).size * x[2]",
    keys: "class M extends Map {} return new M([[x[0], 1]]).size * x[2]",
  }, /is used as a (key|member of a Set) here/);
  await follows({
    values:
      `class Sums extends Map { get(k) { return super.get(k) ?? 0; } add(k, v) { return this.set(k, this.get(k) + v); } }
      const s = new Sums([["a", x[0]]]).add("a", x[1]).add("b", x[0] * x[2]); return [...s.values(), s.size * x[0]]`,
    nothing:
      "class U extends Set {} return (new U().size + new U(null).add(1).add(1).size + new U([1, 2, 2]).size) * x[0]",
  });
});
