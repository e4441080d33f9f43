/** The whole language, dynamically: each function against its own differences, forwards, backwards and as a Jacobian. */
import { Functions } from "./module.ts";

const X = [0.73, -1.31, 2.13, 0.42];

const SHARED = `
import { square, Counter, table } from "./helpers.ts";
class Body {
  #mass; static count = 0; name = "body"; scale = 2;
  constructor(mass, velocity) { this.#mass = mass; this.velocity = velocity; Body.count++; }
  get energy() { return this.#mass * this.velocity ** 2 / this.scale; }
  set mass(value) { this.#mass = value; }
  #double(x) { return 2 * x * this.#mass; }
  doubled(x) { return this.#double(x); }
  grow(x) { this.#mass += x; this.#mass *= x; return this; }
  static of(x) { return new this(x, x * 3); }
}
class Heavy extends Body {
  constructor(mass) { super(mass * 10, mass); this.extra = mass; }
  get energy() { return super.energy + this.extra; }
  doubled(x) { return super.doubled(x) + 1; }
  [Symbol.iterator] = function* () { yield this.extra; yield this.velocity; };
}
function fib(n, a, b) { return n === 0 ? a : fib(n - 1, b, a * b); }
function* powers(x, n) { let p = 1; for (let i = 0; i < n; i++) yield p *= x; return p; }
const compose = (...fs) => (x) => fs.reduce((value, f) => f(value), x);
const later = (x) => new Promise((resolve) => setTimeout(() => resolve(x * 2), 0));
`;

const HELPERS = `
export const square = (x: number): number => x * x;
export class Counter { total = 0; add(x: number) { this.total += x; return this; } }
export const table = new Float64Array([1, 2, 3, 4]);
`;

const CASES: Record<string, string> = {
  // Operators.
  "plus, minus, times": "x[0] + x[1] * x[2] - x[3]",
  "division and power": "x[0] / x[2] + x[2] ** x[0] + x[2] ** 3 + 2 ** x[1]",
  "remainder": "(5 * x[0]) % 2 + x[2] % x[0] + x[1] % 1",
  "unary": "-x[0] * +x[1] - -x[2]",
  "numbers as text are text, elsewhere": "const s = 'a' + 1 + `${2}`; return s.length * x[0]",
  "compound": "let a = x[0]; a += x[1]; a *= x[2]; a -= x[3]; a /= x[0]; a **= 2; a %= 7; return a",
  "increment": "let a = x[0]; const b = a++ * 2, c = ++a * x[1], d = a-- + x[2], e = --a; return a * b + c * d * e",
  "increment of members":
    "const o = { v: x[0] }, l = [x[1]]; const a = o.v++ + l[0]--; ++o.v; --l[0]; return a * o.v * l[0]",
  "logical": "const a = x[0] && x[1], b = 0 || x[2], c = null ?? x[3]; return a * b * c",
  "logical assignment":
    "let a = 0, b = x[1], c; a ||= x[0]; b &&= x[2] * b; c ??= x[3]; const o = { l: [0] }; o.l[0] ||= x[0]; return a * b * c * o.l[0]",
  "conditional": "x[0] > 0 ? x[0] * 2 : x[1]",
  "comparison":
    "let s = 0; if (x[0] > x[1]) s += x[0]; if (x[0] <= 0.9) s += x[1]; if (x[0] === x[0]) s += x[2] ** 2; if (x[1] != x[1]) s = 9; return s",
  "comma": "let a; return (a = x[0], a *= 2, a * x[1])",
  "bits and integers": "((x[2] * 10) | 0) * x[0] + (~~x[2]) * x[1] + (x[2] >> 0) + (x[2] >>> 0) * x[3]",
  "typeof and instanceof":
    "(typeof x[0] === 'number' ? x[0] : 0) + (x[0] instanceof Number ? 5 : x[1]) + (typeof nothing === 'undefined' ? x[2] : 0)",
  "in and delete":
    "const o = { a: x[0], b: x[1] }; delete o.a; return ('a' in o ? 9 : o.b) + ('length' in x ? x[2] : 0)",
  "void and not": "(void x[0] === undefined ? x[1] : 0) + (!x[0] ? 0 : x[2]) + (!!x[3] ? x[3] * 3 : 1)",
  // Statements.
  "loops":
    "let s = 0; for (let i = 0; i < x.length; i++) s += x[i] * i; let k = 0; while (k < 3) { s *= x[k] + 3; k++; } do { s += x[0]; } while (--k > 0); return s",
  "labels":
    "let s = 0; outer: for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if (j > i) continue outer; if (i === 3) break outer; s += x[i] * x[j]; } } return s",
  "for of and for in":
    "let s = 0; for (const v of x) s += v * v; for (const k in x) s += x[k] * 2; for (const [i, v] of x.entries()) s += i * v; return s",
  "for into members":
    "const o = {}, l = []; let s = 0; for (o.v of x) s += o.v ** 2; for (l[0] of x) s += l[0] * 3; return s",
  "switch":
    "let s; switch (Math.sign(x[1])) { case 1: s = x[0]; break; case -1: s = x[0] * x[1]; default: s += x[2]; } switch (x[0]) { case x[0]: s *= 2; } return s",
  "changes in conditions of loops":
    "let a = x[0], s = 0; const f = () => { for (let i = 0; i < 3; i++) { let b = x[i]; if (a > (a *= x[2] * 0.3)) b *= 2 * b; s += b * a; } while ((s += x[3]) < 1) a *= s; }; f(); return s * a",
  "steps of elements in loops":
    "const a = x.slice(); let s = 0; for (let i = 0; i < 4; i++) { a[i]--; ++a[i]; a[i]++; s += a[i] * x[i]; } return s",
  "members of a sequence in loops":
    "const o = { v: x[0] }; let s = 0; const f = () => { for (let i = 0; i < 4; i++) { (s += x[i], o).v = s * x[0]; (0, [s, o.v] = [o.v, s]); } }; f(); return s * o.v",
  "an array that is replaced while it is iterated":
    "let a = x.slice(), s = 0; for (const v of a) { s += v * x[0]; a = a.map((e) => e * 2); } for (const [i, v] of a.entries()) { s += v * i; a = x.slice(2); } return s",
  "do, with continue and a condition that computes":
    "let a = x[0], n = 0, s = 0; do { n++; if (n % 2 === 0) continue; s += a * n; } while ((a *= 0.8) > 0.2 * x[2] && n < 9); return s * a",
  "do, of local numbers":
    "let a = x[2], s = 0, n = 0; do { a = a * x[3] + 0.1; s += a; if (s > 9) break; n++; } while (a > 0.3 && n < 5); return s + n * x[0]",
  "defaults of functions with loops":
    "function f(v, rate = 0.5, n = v.length, [p, q = 2] = [1]) { let s = 0; for (let i = 0; i < n; i++) s += v[i] * rate * q; return s * p; } return f(x) + f(x, x[0], 2) + f(x, 2, 3, [x[1], x[2]])",
  "entries of an array":
    "let s = 0; for (const [i, v] of x.entries()) { if (i === 1) continue; s += v ** 2 * i; } return s",
  "an assignment inside of a call in a loop":
    "const lim = (v) => Math.tanh(v), o = { q: 0.7 }; let n = x[0]; const t = x.slice(); for (let i = 0; i < 2; i++) { t[i] = lim(Math.hypot((o[(0, 'q')] += 0.5 + t[0] ** 2), 0.7 + n)); n = lim(n); } return [n, o.q, ...t]",
  "loop until small": "let a = x[2], n = 0; while (a > 0.015) { a *= x[0]; n++; } return a * n",
  "try":
    "let s = x[0]; try { s *= x[1]; throw new RangeError('no'); } catch (error) { s += error.message.length * x[2]; } finally { s *= 2; } try { s += x[3]; } finally { s *= x[0]; } return s",
  "causes and properties of errors":
    "class E extends Error { constructor(v) { super('no', { cause: v }); this.v = v * 2; } } let s = 0; for (const make of [() => new E(x[0]), () => new Error('no', { cause: x[1] }), () => new AggregateError([x[2]], 'no', { cause: x[3] })]) { try { throw make(); } catch (e) { s += e.cause ** 2 + (e.v ?? 0) + (e.errors?.[0] ?? 0); } } return s",
  "throwing a number": "try { throw x[0] * 2; } catch (value) { return value * x[1]; }",
  // Destructuring.
  "destructuring":
    "const [a, , b = 5, ...rest] = x; const { p, q: [r], s = x[1] } = { p: x[0], q: [x[2]] }; return a * b * rest[0] + p * r * s",
  "swap":
    "const l = [x[0], x[1]]; [l[0], l[1]] = [l[1], l[0] * 2]; const a = x.slice(); [a[0], a[3]] = [a[3], a[0]]; let p = x[0], q = x[1]; [p, q] = [q * 2, p]; return l[0] * l[1] + a[0] ** 2 * a[3] + p * p * q",
  "parameters":
    "const f = ([a, b], { c, d = a * 2 } = { c: 1 }, ...rest) => a * b * c * d * rest.length; return f(x, { c: x[3] }, 1, 2)",
  "rest and spread":
    "const f = (...all) => all.reduce((a, b) => a * b); const o = { ...{ a: x[0] }, b: x[1] }; const { a, ...others } = o; return f(...x) + Math.max(...x) + a * others.b + [...x, ...[x[0]]].length * x[1]",
  "element by number": "const { 0: a, [1]: b } = [x[0], x[1]]; return a * b",
  "computed keys":
    "const k = 'key'; const o = { [k + 1]: x[0], [`${k}2`]: x[1], get three() { return x[2]; } }; return o.key1 * o['key2'] * o.three",
  // Functions.
  "closures":
    "let total = x[0]; const add = (v) => { total += v; return total; }; add(x[1]); const f = (a) => (b) => a * b + total; return f(x[2])(x[3]) * add(x[0])",
  "recursion": "fib(5, x[0], x[2])",
  "imported": "square(x[0]) + new Counter().add(x[1]).add(x[1] * x[2]).total + table[2] * x[3]",
  "composed": "compose((v) => v * 2, Math.sin, square)(x[0])",
  "call, apply, bind":
    "Math.sin.call(null, x[0]) + fib.apply(null, [3, x[0], x[2]]) + fib.bind(null, 2)(x[1], x[2]) + Math.max.apply(null, x) + Reflect.apply(square, null, [x[3]])",
  "default arguments": "const f = (a, b = a * x[1], c = (a += 1, b)) => a * b * c; return f(x[0])",
  "generators":
    "let s = 0; for (const p of powers(x[0], 4)) s += p; const g = powers(x[1], 2); g.next(); s += g.next().value; const [a] = powers(x[2], 1); return s * a + [...powers(x[3], 3)].length * x[3]",
  "delegated":
    "function* both() { yield* x; yield* powers(x[0], 2); } let s = 0; for (const v of both()) s += v * v; return s",
  "arguments": "return (function () { return arguments[0] * arguments[1]; })(x[0], x[1])",
  "tagged":
    "const tag = (words, ...values) => values.reduce((a, b) => a * b, words.length); return tag`a${x[0]}b${x[1]}`",
  "optional":
    "const o = { f: (v) => v * 2, n: null, p: { q: x[3] } }; return o?.f?.(x[0]) + (o.n?.f(x[1]) ?? x[2]) + (o.g?.(x[0]) ?? 1) * o.p?.q + (o?.['p'].q)",
  // Classes.
  "class":
    "const b = new Body(x[0], x[1]); b.grow(x[2]); const e = b.energy; b.mass = x[3]; return e + b.doubled(x[0]) + Body.of(x[1]).energy",
  "inherited": "const h = new Heavy(x[0]); const [a, b] = h; return h.energy * h.doubled(x[1]) + a * b",
  "class in a function":
    "class P { value = x[0]; static s = x[1]; static { this.t = this.s * 2; } #p = this.value * 3; sum() { return this.#p + P.t + (#p in this ? 1 : 0); } } return new P().sum() * x[2]",
  "accessors in objects":
    "const o = { _v: x[0], get v() { return this._v * 2; }, set v(w) { this._v = w * w; } }; o.v = x[1]; o.v += 1; return o.v",
  // Async.
  "async":
    "async (x) => { const a = await later(x[0]); const [b, c] = await Promise.all([later(x[1]), x[2]]); return a * b * c; }",
  "async loop":
    "async (x) => { async function* g() { for (const v of x) yield v * 2; } let s = 0; for await (const v of g()) s += v * v; return s; }",
  "async error": "async (x) => { try { await Promise.reject(x[0]); } catch (v) { return v * x[1]; } }",
  // Arrays.
  "lists":
    "const l = [x[0]]; l.push(x[1], x[2]); l.unshift(x[3]); const last = l.pop(); return l.concat([last]).map((v, i) => v * i).filter((v) => v > -5).reverse().reduce((a, b) => a + b * b, 0) + l.at(-1) * l.indexOf(x[1])",
  "list methods":
    "const l = Array.from(x); return l.findLast((v) => v < 1) * l.find((v) => v > 1) + (l.some((v) => v > 2) ? x[0] : 0) + (l.every((v) => v > 0) ? x[1] : x[2] ** 2) + l.flatMap((v) => [v, v * v]).slice(2, 4)[1] + l.includes(x[0]) * x[3] + l.findIndex((v) => v < 0) * x[0]",
  "sorted lists": "const l = [...x].sort((a, b) => a - b); return l.map((v, i) => v ** (i + 1))",
  "nested lists":
    "const m = [[x[0], x[1]], [x[2], x[3]]]; let s = 0; for (const row of m) for (const [j, v] of row.entries()) s += v ** (j + 2); m[0][1] *= m[1][0]; return s + m.flat()[1] + m.map((r) => r.reduce((a, b) => a * b))[1]",
  "Array.from":
    "Array.from({ length: 4 }, (_, i) => x[i] * i).reduce((a, b) => a + b * b) + Array.of(x[0], x[1])[1] * Array.from(x, (v) => v * 2)[2] + new Array(3).fill(x[0])[2]",
  "groups":
    "const g = Map.groupBy(x, (v) => v > 1), o = Object.groupBy([...x], (v) => v > 1 ? 'a' : 'b'); let s = 0; for (const [k, list] of g) for (const v of list) s += (k ? 2 : 3) * v * v; return s * o.a[0]",
  "maps and sets":
    "const m = new Map([['a', x[0]], ['b', x[1]]]); m.set('c', m.get('a') * x[2]); let s = 0; for (const [k, v] of m) s += v * k.length; m.forEach((v) => { s *= v + 2; }); return s + [...m.values()].reduce((a, b) => a + b) + new Set([1, 2]).size * x[3]",
  "objects":
    "const o = { a: x[0], b: x[1] }; let s = 0; for (const [k, v] of Object.entries(o)) s += v * v; return s + Object.values(Object.assign({}, o, { b: x[2] })).reduce((a, b) => a * b) + Object.fromEntries([['z', x[3]]]).z",
  // Typed arrays.
  "typed methods": "x.map((v, i) => v * v * i)",
  "typed reduce": "x.reduce((a, b) => a * b) + x.reduceRight((a, b) => a - b * b, 1)",
  "typed forEach":
    "let s = 0; x.forEach((v, i) => { s += v * i; }); return s * x.find((v) => v > 1) + (x.some((v) => v > 2) ? x[0] : 0) + (x.every((v) => v < 1) ? 0 : x[1]) + x.findLast((v) => v < 0) + x.findIndex((v) => v > 1) * x[2]",
  "slice and set":
    "const a = x.slice(1, 3); a[0] *= x[0]; const b = new Float64Array(6); b.set(x, 1); b.set([x[0] * x[1], 2], 4); b.set(a); return b",
  "subarray shares":
    "const a = x.slice(), b = a.subarray(1, 3); b[0] = x[0] * x[3]; a[2] *= 2; return a[1] * b[1] * b.length + b[0]",
  "subarray of a new array":
    "const a = new Float64Array(4), b = a.subarray(2); a[2] = x[0]; b[1] = x[1] * 2; return a[3] * b[0]",
  "fill and copyWithin":
    "const a = new Float64Array(6).fill(x[0] * 2, 1, 5); a[2] = x[1]; a.copyWithin(3, 1, 3); a.fill(7, 0, 2); return a",
  "sort and reverse": "x.slice().sort().reverse().map((v, i) => v * (i + 1))",
  "sort by a function": "x.slice().sort((a, b) => b * b - a * a).map((v, i) => v ** (i + 1))",
  "copies by method": "const a = x.toSorted().toReversed().with(1, x[0] * x[1]); return a.map((v) => v * v)",
  "from and of":
    "Float64Array.from(x, (v) => v * v).map((v) => v + 1)[0] + Float64Array.of(x[1], x[2])[1] * Float64Array.from([x[3], 1])[0] + new Float64Array([x[0], x[1]])[1] + new Float64Array(x)[2]",
  "filter, indexOf, at":
    "const a = x.filter((v) => v > 0); return a.length * a.at(-1) + a.indexOf(a[1]) * x[0] + a.includes(x[0]) * x[2]",
  "iteration":
    "let s = 0; for (const v of x.values()) s += v ** 3; for (const i of x.keys()) s += x[i] * i; const [a, ...b] = x; return s * a + b.length * b[1]",
  "integers truncate":
    "const a = new Int32Array(2); a[0] = x[2] * 10; a[1] = 3; const b = Uint8Array.from(x, (v) => v * 20); return a[0] * x[0] + a[1] * x[1] + b[0] * x[3]",
  "a matrix product":
    "const n = 2, c = new Float64Array(4); for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let s = 0; for (let k = 0; k < n; k++) s += x[i * n + k] * x[k * n + j]; c[i * n + j] = s; } return c",
  "views on one buffer":
    "const buffer = new ArrayBuffer(48), a = new Float64Array(buffer), b = new Float64Array(buffer, 16, 2); a[2] = x[0] * 2; b[1] = x[1]; const c = new Float64Array(a.buffer); return c[2] * c[3] * a[3]",
  "overwritten": "const a = x.slice(); a[0] = 3; a[1] = a[0] * a[2]; a[2] = 0; return a",
  "index by value": "const a = [1, x[0], 3], k = Math.round(x[2] - 1); return a[k] * x[k] + x[Math.floor(2.5)]",
  "filter by a function that changes the array":
    "const a = x.slice(), f = a.filter((v, i) => { a[i] = 0; a[i + 1] *= 2; return v > 0; }); return [...f, ...a]",
  "structuredClone":
    "class P { constructor(v) { this.v = v } } const o = { n: x[0], a: x.slice(), l: [x[1], , [x[2]]], m: new Map([['k', x[3]]]), s: new Set([2]), p: new P(x[1]), none: undefined, when: new Date(3) }; o.self = o; const c = structuredClone(o); c.a[0] *= x[1]; c.l[2][0] *= 2; c.m.set('k', c.m.get('k') * c.n); const t = structuredClone({ v: new Float64Array(2) }); t.v[1] = x[0]; return [c.a[0], o.a[0], c.l[2][0], o.l[2][0], c.m.get('k'), o.m.get('k'), c.p.v * (c.p instanceof P ? 2 : 3), c.self === c ? x[0] : 0, (c.l.length + c.s.size + c.when.getTime() + (1 in c.l ? 10 : 0)) * x[1], t.v[1] ** 2, structuredClone(x[2]) * 2, 'none' in c ? x[3] : 0]",
  // Math.
  "trigonometry":
    "[Math.sin(x[0]), Math.cos(x[1]), Math.tan(x[0]), Math.asin(x[0]), Math.acos(x[3]), Math.atan(x[2]), Math.atan2(x[0], x[1]), Math.atan2(1, x[0]), Math.atan2(x[1], 2)]",
  "hyperbolic":
    "[Math.sinh(x[0]), Math.cosh(x[1]), Math.tanh(x[0]), Math.asinh(x[1]), Math.acosh(x[2]), Math.atanh(x[3])]",
  "exponentials":
    "[Math.exp(x[0]), Math.expm1(x[1]), Math.log(x[0]), Math.log1p(x[0]), Math.log2(x[2]), Math.log10(x[3]), Math.sqrt(x[0]), Math.cbrt(x[1]), Math.pow(x[0], x[1]), Math.pow(x[1], 2), Math.pow(2, x[1])]",
  "sizes":
    "[Math.abs(x[1]), Math.hypot(x[0], x[1], 2), Math.max(x[0], x[1]), Math.min(x[0], 1, x[3]), Math.hypot(...x)]",
  "constant by pieces":
    "[Math.floor(x[0]) * x[1], Math.ceil(x[2]), Math.round(x[2]) * x[0], Math.trunc(x[1]), Math.sign(x[1]) * x[2], Math.clz32(x[2]) * x[0]]",
  "Math by other names":
    "const { sin, PI } = Math; const M = Math; return sin(x[0] * PI) + M.cos(x[1]) + ['exp', 'tanh'].map((name) => Math[name](x[0]))[1] + x.map(Math.exp)[1]",
  "numbers":
    "Number(x[0]) + (Number.isFinite(x[1]) ? x[1] * 2 : 0) + (isNaN(x[0]) ? 0 : x[2]) + (Boolean(x[0]) ? x[3] : 0) + (Object.is(x[0], x[0]) ? x[1] : 0)",
  "arrays of the runtime":
    "const a = ndarray(DTYPE, [2, 2], [[x[0], x[1] * 2], [3, x[2]]]), b = like(a), c = like(a, x.map((v) => v * v)); for (let i = 0; i < 4; i++) b.data[i] = a.data[i] * c.data[3 - i]; return b.data",
  "zeros and constants of the runtime":
    "const a = ndarray(DTYPE, [3]), b = like(a, [1, 2, 3]), c = ndarray('int32', [2], [1, 2]); a.data[1] = x[0]; b.data[0] *= x[1]; return [a.data[1] * c.data[1], b.data[0], b.data[2] * x[3]]",
  "typed arrays as objects":
    "const { 0: a, length, ...rest } = x; return { ...x }[0] * rest[1] * length + Object.values(x)[1] * a + Object.assign({}, x)[2] * Object.entries(x)[3][1] + Object.getOwnPropertyDescriptor(x, 0).value",
  // Rules.
  "stopGradient in a product": "(stopGradient(2) * x[0] + [stopGradient(3)][0] * x[1]) * x[2]",
  "custom rule": "custom(x[0], x.slice(1))",
  "custom rule of arrays": "scaled({ v: x, s: x[0] }).list[1]",
  "custom rule of promises": "async (x) => (await asyncCustom(x[0])) * x[1]",
  "checkpoints":
    "const step = checkpoint((a, b, array) => { for (let i = 0; i < 10; i++) { a = Math.sin(a + b * 0.1); array[1] += a * array[0]; } return [a, b * a]; }); let a = x[0], b = x[1]; const state = x.slice(); for (let k = 0; k < 3; k++) [a, b] = step(a, b, state); return a * b + state[1] + state[3]",
  "checkpoints inside checkpoints":
    "const inner = checkpoint((a) => { for (let i = 0; i < 3; i++) a = Math.sin(a) * x3; return a; }); const x3 = 1.5; const outer = checkpoint((a, b) => { for (let i = 0; i < 3; i++) a = inner(a) + b; return { a, b: [b * a] }; }); let r = outer(x[0], x[1]); r = outer(r.a, r.b[0]); return r.a * r.b[0]",
  "checkpoints of arguments that share memory":
    "const f = checkpoint((a, b) => { a[1] *= 2 * a[0]; b[0] += b[1]; return b[0] * a[1]; }); const y = x.slice(), z = x.slice(1); return f(y, y.subarray(1)) + f(z, z) + y[2] * z[1]",
  "checkpoints that change lists and objects":
    "const f = checkpoint((o, l) => { o.v *= o.w.u; o.w.u = 2; l[0] *= o.v; l.push(o.v, l); return o; }); const o = { v: x[0], w: { u: x[1] } }, l = [x[2]]; f(o, l); f(o, l); return o.v * l[0] + l[1] * o.w.u + l[3] * (l[2] === l ? x[3] : 0)",
  "checkpoints of frozen arguments and methods":
    "const o = { v: x[0], f: checkpoint(function (a) { this.v *= a[0]; return a[1] * this.v; }) }; const a = Object.freeze([x[1], x[2]]); return o.f(a) + o.f(a) * o.v",
  "checkpoints with rules inside":
    "const f = checkpoint((v) => custom(v[0], v) * v[1]); return f(x) * f(x.slice().reverse())",
};

const RULES = `
const custom = customDerivative((a, v) => a * a * v[0] + v[1], {
  jvp: ([a, v], [da, dv]) => 2 * a * v[0] * da + a * a * dv[0] + dv[1],
  vjp: ([a, v], bar) => { const dv = v.map(() => 0); dv[0] = a * a * bar; dv[1] = bar; return [2 * a * v[0] * bar, dv]; },
});
const scaled = customDerivative(({ v, s }) => ({ list: v.map((e) => e * s), n: 1 }), {
  jvp: ([{ v, s }], [t]) => ({ list: v.map((e, i) => e * t.s + t.v[i] * s) }),
  vjp: ([{ v, s }], bar) => [{ v: bar.list.map((b) => b * s), s: v.reduce((sum, e, i) => sum + e * bar.list[i], 0) }],
});
const asyncCustom = customDerivative(async (a) => (await later(a)) * a, {
  jvp: async ([a], [t]) => 4 * a * t,
  vjp: async ([a], bar) => [4 * a * bar],
});
`;

Deno.test("the language, as it is written: derivatives forwards, backwards and as a Jacobian", async (t) => {
  await Functions.with(CASES, async (functions) => {
    for (const name of Object.keys(CASES)) {
      await t.step(name, () => functions.check(name, X));
    }
    functions.specialise();
    for (const name of Object.keys(CASES)) {
      await t.step(`${name}, specialised`, () => functions.check(name, X));
    }
  }, { shared: SHARED + RULES, files: { "helpers.ts": HELPERS } });
});
