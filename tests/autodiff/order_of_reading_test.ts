/** A variable counts with the value that it had when it was read, also where a call in the same expression changes it. */
import { follows } from "./module.ts";

const IN_A_LOOP = (statement: string) => `for (let i = 0; i < 3; i++) { ${statement} }`;

Deno.test("a function that is called changes variables which the expression read before", () =>
  follows({
    product: `let k = 1, s = 0; const next = () => { k += 1; return x[0]; };
      ${IN_A_LOOP("s += k * next() + k;")} return s`,
    condition: `let k = 1, s = 0; const next = () => ++k;
      ${IN_A_LOOP("if (k < next()) s += x[i]; s += k + 1 > next() ? x[1] : x[2];")} return s`,
    "index of a store": `let k = 0; const y = new Float64Array(8), next = () => { k++; return x[0] * k; };
      ${IN_A_LOOP("y[k] = next(); y[k] += next();")} return y`,
    "index of a swap": `let k = 0; const y = x.slice(), next = () => { k++; return x[0] * k; };
      ${IN_A_LOOP("[y[k % 3], y[(k + 1) % 3]] = [next(), y[i] + k];")} return y`,
    parameter: `const f = (n, y) => { const less = () => --n; let s = 0;
      ${IN_A_LOOP("s += n * y[i] * less() + n;")} return s; }; return f(5, x)`,
    "variable of the module": `count = 0; let s = 0; ${IN_A_LOOP("s += count * bump() * x[i] + count;")} return s`,
    "written out": `let k = 1, s = 0; const twice = (v) => 2 * v * k, next = () => { k += 1; return x[0]; };
      ${IN_A_LOOP("s += twice(x[i]) * next() + twice(k) * next();")} return s`,
    array: `let a = x.slice(), b = x.map((v) => v * 2), s = 0; const flip = () => { [a, b] = [b, a]; return 1; };
      ${IN_A_LOOP("s += a[i] * flip() * a[i] + a[0];")} return s`,
    "number that depends on an input": `let a = x[0], s = 0; const grow = () => { a *= x[1]; return 1; };
      ${IN_A_LOOP("s += a * grow() * a + a;")} return s`,
  }, "let count = 0; const bump = () => { count++; return 1.5; };"));

Deno.test("a method is the one that was there before its arguments were computed", () =>
  follows({
    "a call": `const o = { f: (v) => v * 2, next() { this.f = (v) => v * 5; return x[0]; } };
      return o.f(o.next()) + o.f(x[1])`,
    "a computed name": `const o = { f: (v) => v * 2, next() { this.f = (v) => v * 5; return x[0]; } }, k = "f";
      return o[k](o.next()) + o[k](x[1])`,
    "a computed name that changes": `let k = "f"; const o = { f: (v) => v * 2, g: (v) => v * 7 };
      const next = () => { k = "g"; return x[0]; }; return o[k](next()) + o[k](x[1])`,
    "an assignment": "const o = { f: (v) => v }; return o.f((o.f = (v) => v * 3, x[0])) + o.f(x[1])",
    "its object changes": `let o = { k: 2, f(v) { return v * this.k; } };
      const next = () => { o = { k: 9, f: (v) => v }; return x[0]; }; return o.f(next()) + o.f(x[1])`,
    "an object that is computed": `let n = 0; const o = { k: 2, f(v) { return v * this.k; } }, get = () => (n++, o);
      return get().f((o.f = (v) => v * 3, x[0])) + get().f(x[1]) * n`,
    "in a loop": `const o = { k: 2, f(v) { return v * this.k; }, g(v) { return v * 3; } };
      const flip = (v) => { [o.f, o.g] = [o.g, o.f]; return v; }; let s = 0;
      ${IN_A_LOOP("s += o.f(flip(x[i])) * (i + 1);")} return s`,
    "a construction": `const o = { f: (v) => v.a * 2 }; class A { a = x[0]; constructor() { o.f = (v) => v.a * 5; } }
      return o.f(new A()) + o.f({ a: x[1] })`,
    "an await": `return (async () => { const o = { f: (v) => v * 2 };
      const next = async () => { await null; o.f = (v) => v * 5; return x[0]; };
      return await o.f(await next()) + o.f(x[1]); })()`,
    "a getter": `const o = { f: (v) => v * 2 }, p = { get v() { o.f = (v) => v * 5; return x[0]; } };
      return o.f(p.v) + o.f(x[1])`,
    "an iterator": `const o = { f: (v) => v * 2 }, all = function* () { o.f = (v) => v * 5; yield x[0]; };
      return o.f(...all()) + o.f([...all()][0])`,
    "a conversion": `const o = { f: (v) => v * 2 }, p = { valueOf() { o.f = (v) => v * 5; return 2; } };
      return o.f(p * x[0]) + o.f(x[1])`,
    "of this": `class A { f(v) { return v * 2; } next() { this.f = (v) => v * 5; return x[0]; }
      run() { return this.f(this.next()) + this.f(x[1]); } } return new A().run()`,
  }));
