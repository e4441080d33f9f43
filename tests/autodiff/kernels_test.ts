/** Functions with loops, which are specialised: each computes what its dynamic copy does, and the derivative is the same. */
import assert from "node:assert/strict";
import { releaseMemory } from "../../lib/host/memory.ts";
import { T } from "../../lib/autodiff/runtime/tape.ts";
import { close, Functions } from "./module.ts";

const X = [0.73, -1.31, 2.13, 0.42];

const SHARED = `
const scratch = new Float64Array(4), table = [0.5, 1.5];
const acceleration = (angle, speed, g) => -g * Math.sin(angle) - 0.1 * speed;
function twice(v) { return v * v + v; }
function grow(o, x) { return o.v = o.v * x[2] + o.v * x[0]; }
function* growing(o, x) { for (let i = 0; i < 3; i++) yield grow(o, x); }
function fillIn(to, from) { for (let i = 0; i < to.length; i++) to[i] = from[i] * from[0]; }
const factor = 2, sqrt = 3, times = (v) => v * factor, timesAll = (v) => times(v) * factor, root = (v) => Math.sqrt(v * v + factor);
`;

/** What gives a member of an object another array, inside of a loop that reads it. */
const CHANGED_MEMBERS: Record<string, string> = {
  "an assignment": "o.a = o.b",
  "a pattern": "[o.a, o.b] = [o.b, o.a]",
  "an object pattern": "({ b: o.a } = o)",
  "a computed name": "const name = ['a', 'b'][k]; o[name] = o.b",
  "a name in brackets": "o['a'] = o.b",
  "a call": "const swap = (p) => { p.a = p.b; }; swap(o)",
  "a variable's call": "let swap = (p) => { p.a = p.b; }; swap(o)",
  "a call of a call": "const set = (p) => { p.a = p.b; }, swap = (p) => set(p); swap(o)",
  "a call that calls itself": "const swap = (p, n) => { if (n > 0) swap(p, n - 1); else p.a = p.b; }; swap(o, 2)",
  "a closure": "const swap = () => { o.a = o.b; }; swap()",
  "a callback": "const twice = (f) => { f(); f(); }; twice(() => { o.a = o.b; })",
  "a default of a parameter": "const swap = (p, q = p.a = p.b) => q; swap(o)",
  "a constructor": "class Swap { constructor(p) { p.a = p.b; } } new Swap(o)",
  "a getter": "const t = { get go() { o.a = o.b; return 1; } }; s += t.go",
  "a setter": "const t = { set go(v) { o.a = o.b; } }; t.go = 1",
  "a getter's call": "const swap = () => { o.a = o.b; }; class T { get go() { swap(); return 1; } } s += new T().go",
  "an iterator": "const t = { *[Symbol.iterator]() { o.a = o.b; yield 1; } }; for (const v of t) s += v",
  "a conversion": "const t = { valueOf() { [o.a, o.b] = [o.b, o.a]; return 1; } }; s += t * 2",
  "a generator that goes on": "s += t.next().value",
  "a generator that a loop resumes":
    "for (const v of { [Symbol.iterator]: () => ({ next: () => t.next() }) }) { s += v; if (v === 2) break; }",
  "what is lazy": "const it = [1].values().map((v) => { o.a = o.b; return v; }); for (const v of it) s += v",
  "a proxy": "const p = new Proxy({}, { get() { o.a = o.b; return 1; } }); s += p.go",
  "a getter that is defined":
    "const t = {}; Object.defineProperty(t, 'go', { get: () => { o.a = o.b; return 1; } }); s += t.go",
  "a getter that assigns by name": "const t = { get go() { Object.assign(o, { a: o.b }); return 1; } }; s += t.go",
  "a tag": "const swap = (_, p) => { p.a = p.b; }; swap`${o}`",
};

const overMembers = (change: string) =>
  "const f = (o, t) => { let s = 0; for (let k = 0; k < 2; k++) { for (let i = 0; i < 4; i++) s += o.a[i] * (i + 1); " +
  `${change}; } return s; }; const o = { a: x.slice(), b: x.map((v) => v * v) }; ` +
  "return f(o, (function* () { for (;;) { yield 1; o.a = o.b; yield 2; } })())";

/** Loops around a pass that needs no other code, in whose heads others compute: `grow` changes `o.v` by active numbers. */
const COMPUTING_HEADS: Record<string, string> = {
  "a step": "for (let i = 0; i < 3; grow(o, x)) { i++; PASS }",
  "a step by a closure": "const step = () => grow(o, x); for (let i = 0; i < 3; step()) { i++; PASS }",
  "a step of several": "for (let i = 0; i < 3; i++, grow(o, x)) { PASS }",
  "a condition": "for (let i = 0; grow(o, x) > -1e9 && i < 3; i++) { PASS }",
  "a beginning": "for (let i = 0, v = grow(o, x); i < 3; i++) { PASS }",
  "while": "let i = 0; while (grow(o, x) > -1e9 && i < 3) { i++; PASS }",
  "do while": "let i = 0; do { i++; PASS } while (grow(o, x) > -1e9 && i < 3)",
  "an iterator": "for (const v of growing(o, x)) { PASS }",
  "a pattern": "for (const { v = grow(o, x) } of [{}, { v: 2 }]) { PASS }",
  "in a loop around": "for (let k = 0; k < 2; grow(o, x)) { k++; for (let i = 0; i < 3; i++) { PASS } }",
};

const withHead = (head: string) =>
  `let s = x[0]; const o = { v: x[1] }; ${head.replace("PASS", "s = s * 0.5 + s * x[2];")} return s * o.v`;

const KERNELS: Record<string, string> = {
  "arrays that change places":
    "let a = x.slice(), b = new Float64Array(4), c = x.map((v) => v * v), n = 1, m = 2; for (let k = 0; k < 5; k++) { for (let i = 0; i < 4; i++) b[i] = a[i] * 0.5 + x[(i + 1) % 4] * c[i] + n; [a, b] = [b, a]; [a, b, c] = [c, a, b]; [n, m, a] = [m, n * 2, c]; [a[0], b] = [b[1], a]; } return [...a, ...b, ...c]",
  "views that change places":
    "const all = new Float64Array(8); let [a, b] = [all.subarray(0, 4), all.subarray(4)]; a.set(x); for (let k = 0; k < 3; k++) { for (let i = 0; i < 4; i++) b[i] = a[3 - i] * 2 + x[i]; [a, b] = [b, a]; } const [p, q] = [a, b]; for (let i = 0; i < 4; i++) p[i] += q[i]; return all",
  "an ODE with local numbers":
    "let a = x[0], v = x[1]; const h = 0.01; for (let i = 0; i < 50; i++) { const k = acceleration(a, v, x[2]); const m = acceleration(a + h / 2 * v, v + h / 2 * k, x[2]); a += h * (v + h / 2 * k); v += h * m; } return [a, v]",
  "elimination with pivots":
    "const n = 2, m = x.slice(), b = Float64Array.of(x[3], x[1]); for (let k = 0; k < n; k++) { let p = k; for (let i = k + 1; i < n; i++) if (Math.abs(m[i * n + k]) > Math.abs(m[p * n + k])) p = i; if (p !== k) { for (let j = k; j < n; j++) [m[k * n + j], m[p * n + j]] = [m[p * n + j], m[k * n + j]]; [b[k], b[p]] = [b[p], b[k]]; } for (let i = k + 1; i < n; i++) { const f = m[i * n + k] / m[k * n + k]; for (let j = k; j < n; j++) m[i * n + j] -= f * m[k * n + j]; b[i] -= f * b[k]; } } return b",
  "labels and jumps with statements pending":
    "let s = 0; outer: for (let i = 0; i < 4; i++) { const q = x[i] * 1.5; for (let j = 0; j < 4; j++) { s += q * x[j]; if (j > i) continue outer; if (s > 9) break outer; s -= table[j % 2] * q; } } return s",
  "a jump in a loop that calls":
    "let r = 0; const data = x.slice(); for (let i = 0; i < data.length; i++) { const e = data[i] * 0.5; if (e > 0.3) { r += e * e; continue; } data[i] = twice(e + r) * table[0]; } return [r, ...data]",
  "while with several conditions":
    "let a = x[2], n = 0; while (n < 20 && a * a > 0.1 || n < 2) { a *= 0.8 + 0.1 * x[0]; n++; } return a * n",
  "conditions without braces":
    "let s = 0; for (const v of x) if (v > 0) s += v * v; else if (v < -1) s -= v; else s *= 2; return s",
  "conditional expressions":
    "let s = 0; for (let i = 0; i < 4; i++) s += x[i] > 0 ? x[i] > 1 ? x[i] ** 2 : x[i] ** 3 : i === 1 ? Math.exp(x[i]) : 0; return s",
  "logical values":
    "let s = 0; for (let i = 0; i < 4; i++) { const v = (i && x[i]) || x[0] * 2; s += v * v; } return s",
  "names that hide others":
    "let v = x[0], s = 0; for (let i = 0; i < 3; i++) { const w = v * x[1]; { const v = w * 2; s += v; { let s = v * v; v; s += 1; } } s += v * i; } return s",
  "closures over what is specialised":
    "const data = x.slice(); let s = 0; const k = x[3] * 2; const f = (v) => v * k + data[0]; for (let i = 0; i < 3; i++) { s += f(x[i]); data[0] = s * 0.1; } return s",
  "a closure that changes a variable":
    "let s = x[0]; const add = (v) => { s += v; }; for (let i = 0; i < 3; i++) { add(x[i] * s); s *= 0.5; } return s",
  "several numbers in the head":
    "let r = 0; for (let a = x[0], b = x[1], i = 0; i < 4; i++) { r += a * b; [a, b] = [b, a + b * 0.3]; } return r",
  "return from a loop": "for (let i = 0; i < 4; i++) { const v = x[i] * x[0]; if (v < 0) return v * v; } return 0",
  "arrays that are exchanged":
    "let a = x.slice(), b = new Float64Array(4); for (let k = 0; k < 3; k++) { for (let i = 0; i < 4; i++) b[i] = a[i] * 0.9 + a[(i + 1) % 4] * 0.2; [a, b] = [b, a]; } return a",
  "views of one memory":
    "const a = x.slice(), b = a.subarray(1, 3); for (let i = 0; i < 2; i++) { b[i] = a[i] * a[3]; a[2] += b[0]; } return a",
  "beyond the end":
    "let s = 0; for (let i = 0; i < 6; i++) { const v = x[i]; if (v === undefined) continue; s += v ** 2; } return s + (x[9] ?? x[0])",
  "properties of arrays by text":
    "let s = 0; const k = 'length', bytes = i => i ? 'byteLength' : 'length'; for (let i = 0; i < x['length']; i++) { const p = i === 1 ? 'length' : 0, q = i > 1 && 'length' || 1; s += x[i] * x[k] + x[p] * x[i] / x['BYTES_PER_ELEMENT'] + x[q] * x[bytes(i)] + x['0'] * x[i]; } return s * x['byteLength']",
  "numbers as text":
    "let s = 0; for (let i = 0; i < 4; i++) { const t = i ? '5' : 6; s += twice('3') * x[i] + +'2' * x[i] + '4' * x[i] + ('a' + i).length * x[i] - x[i] * t + (typeof t).length * x[0]; } return s",
  "an array of the module that is used again":
    "for (let i = 0; i < 4; i++) scratch[i] = scratch[i] * 0 + x[i] * (i + 1); return scratch.slice()",
  "an array that another function fills":
    "const to = new Float64Array(4); fillIn(to, x); let s = 0; for (let i = 0; i < 4; i++) s += to[i] * i; return s",
  "assignments inside of expressions":
    "let a = x[0], b = 0, i = 0; const l = new Float64Array(6); while (i < 4) { l[i++] = a = a * 0.5 + (b = x[i - 1] * 2); } return [a, b, ...l]",
  "a switch and try":
    "let s = x[0]; for (let i = 0; i < 4; i++) { switch (i % 3) { case 0: s *= x[1]; break; case 1: s += x[2]; default: s -= 0.1 * s * s; } try { if (i === 2) throw new Error(''); s += 0.5; } catch { s *= 1.1; } finally { s += 0.01 * x[3]; } } return s",
  "minimum and maximum":
    "let lo = Infinity, hi = -Infinity; for (const v of x) { lo = Math.min(lo, v); hi = Math.max(hi, v * v); } return lo * hi + Math.hypot(x[0], x[1]) * Math.atan2(x[2], x[3])",
  "constant by pieces":
    "let s = 0; for (let i = 0; i < 4; i++) { const k = Math.floor(x[i] * 2); s += k * x[i] + (k & 1 ? x[0] : 0) + x[Math.abs(k) % 4] * Math.sign(x[i]); } return s",
  "lists of arrays":
    "const rows = [x.slice(), x.map((v) => v * v)]; let s = 0; for (let i = 0; i < 2; i++) { const row = rows[i]; for (let j = 0; j < 4; j++) { row[j] *= 0.5; s += row[j] * rows[1 - i][j]; } } return s",
  "numbers in objects":
    "const p = { q: x[0], r: [x[1]] }; for (let i = 0; i < 3; i++) { p.q += p.r[0] * x[2]; p.r[0] = p.q * 0.1; p.q *= 0.5; } return [p.q, p.r[0]]",
  ...Object.fromEntries(
    Object.entries(CHANGED_MEMBERS).map(([name, change]) => [`another array by ${name}`, overMembers(change)]),
  ),
  ...Object.fromEntries(
    Object.entries(COMPUTING_HEADS).map(([name, head]) => [`the head of a loop computes: ${name}`, withHead(head)]),
  ),
  "a function with a loop, declared in a loop":
    "let s = x[0]; for (let i = 0; i < 3; i++) { function sum(a) { let t = 0; for (let j = 0; j < 4; j++) t += a[j] * a[j]; return t; } s = s * x[1] + x[2]; } return s",
  "return from loops with statements pending":
    "let s = 0; for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { s += x[i] * x[j]; if (s > 3) return s * x[0]; } s *= 0.9; } return s",
  "an array of another object of the same name":
    "const f = (o, p) => { let s = 0; for (let i = 0; i < 4; i++) { s += o.a[i]; { const o = p; s += o.a[i] * 2; } } return s; }; return f({ a: x.slice() }, { a: x.map((v) => v * v) })",
  "a name that means something else where a function is called":
    "const factor = 5; let s = 0; for (const v of x) s += times(v); return s * factor",
  "an active one": "const factor = x[0]; let s = 0; for (const v of x) s += times(v) * factor; return s",
  "in a function around":
    "const factor = x[0], f = () => { let s = 0; for (const v of x) s += times(v); return s; }; return f()",
  "in a block": "let s = 0; for (const v of x) { const factor = v; s += times(factor); } return s",
  "a parameter":
    "const f = (factor) => { let s = 0; for (const v of x) s += times(v) * factor; return s; }; return f(x[1])",
  "through another function":
    "const times = (v) => v * v; let s = 0; for (const v of x) s += timesAll(v) + times(v); return s",
  "the name of a member": "const sqrt = x[1]; let s = 0; for (const v of x) s += root(v) * sqrt; return s",
  "asynchronous":
    "async (x) => { let s = x[0]; for (let i = 0; i < 3; i++) { s *= await Promise.resolve(x[i]); s += x[3]; } return s; }",
};

Deno.test("specialised functions have the derivatives of dynamic ones", async (t) => {
  await Functions.with(KERNELS, async (functions) => {
    const dynamic = new Map<string, number[][]>();
    for (const name of Object.keys(KERNELS)) {
      await t.step(name, async () => {
        await functions.check(name, X);
        dynamic.set(name, await functions.agree(name, X));
      });
    }
    functions.specialise();
    for (const name of Object.keys(KERNELS)) {
      await t.step(`${name}, specialised`, async () => {
        close(await functions.agree(name, X), dynamic.get(name)!, 1e-12, name);
        // Other branches than those that were recorded.
        await functions.check(name, [-0.61, 0.87, 1.31, -1.12]);
        await functions.agree(name, [0, 0, 0, 0]);
      });
    }
  }, { shared: SHARED });
});

Deno.test("a long run is specialised after its beginning, and its tape grows", async () => {
  const bodies = {
    long: "let a = x[0]; for (let i = 0; i < 300000; i++) a += 1e-6 * (x[1] - a * a); return a",
  };
  await Functions.with(bodies, async (functions) => {
    const [row] = await functions.agree("long", [0.5, 0.8]);
    // Riccati's equation has a closed solution.
    const solution = ([a, b]: number[]) => {
      const r = Math.sqrt(b!), t = Math.tanh(0.3 * r);
      return r * (a! + r * t) / (r + a! * t);
    };
    const h = 1e-6,
      at = (i: number) => {
        const moved = (s: number) => solution([0.5, 0.8].map((v, k) => k === i ? v + s : v));
        return (moved(h) - moved(-h)) / (2 * h);
      };
    close([row!], [[at(0), at(1)]], 1e-5, "long");
    assert.equal(row!.length, 2);
  });
});

Deno.test("the tape's memory is kept from call to call, and dropped when the process rests, but not in a call", async () => {
  const bodies = {
    long: "let a = x[0]; for (let i = 0; i < 30000; i++) a += 1e-6 * (x[1] - a * a); return a",
    slow:
      "async (x) => { let a = x[0] * x[1]; for (let i = 0; i < 100; i++) { a *= x[1]; if (i === 50) await globalThis.restInTest(); } return a; }",
  };
  const world = globalThis as { restInTest?: () => Promise<void> };
  world.restInTest = releaseMemory;
  await Functions.with(bodies, async (functions) => {
    const row = await functions.vjp("long", [0.5, 0.8], [1]);
    const kept = T.p.length;
    assert.ok(kept >= 30000, `${kept} entries are kept`);
    assert.deepEqual(await functions.vjp("long", [0.5, 0.8], [1]), row);
    assert.equal(T.p.length, kept);
    await releaseMemory();
    assert.ok(T.p.length < kept, `${T.p.length} entries are kept`);
    assert.deepEqual(await functions.vjp("long", [0.5, 0.8], [1]), row);
    // Of x₀ · x₁^101.
    close([await functions.vjp("slow", [0.5, 1.01], [1])], [[1.01 ** 101, 0.5 * 101 * 1.01 ** 100]], 1e-12, "slow");
  });
  delete world.restInTest;
});
