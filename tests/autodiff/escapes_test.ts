/** What cannot be followed is an error that names its place; it is never a wrong number. */
import assert from "node:assert/strict";
import { BrokenModule } from "../../lib/api/module_fault.ts";
import { loadCopy } from "../../lib/autodiff/copy.ts";
import { Functions, withModule } from "./module.ts";

const X = [1.5, -0.5, 2];

/** Escapes: each is refused at its place, in the line in which `@@` stands (which goes). */
const ESCAPES: Record<string, string> = {
  "JSON of an array": "const t = JSON.stringify(x); @@\n return JSON.parse(t)[0] * 2",
  "JSON of a number": "return JSON.parse(JSON.stringify({ v: x[0] })).v; @@",
  "template": "return Number(`${x[0]}`); @@",
  "template of an array": "return Number(`${x}`.split(',')[0]); @@",
  "text and number": "return Number('' + x[0]); @@",
  "text and array": "return Number(('' + x).split(',')[0]); @@",
  "String()": "return Number(String(x[0])); @@",
  "toString": "return Number(x[0].toString()); @@",
  "toFixed": "return Number(x[0].toFixed(3)); @@",
  "toPrecision": "return Number(x[0].toPrecision(3)); @@",
  "join": "return Number(x.join(';').split(';')[0]); @@",
  "join of a list": "return Number([x[0], x[1]].join(';').split(';')[0]); @@",
  "toString of an array": "return Number(x.toString().split(',')[1]); @@",
  "parseFloat": "return parseFloat(x[0]); @@",
  "parseInt": "return parseInt(x[0]) * 2; @@",
  "BigInt": "return Number(BigInt(Math.round(1)) + BigInt(x[2])); @@",
  "BigInt64Array": "const b = new BigInt64Array(1); b[0] = BigInt(x[2]); @@\n return Number(b[0])",
  "Intl": "return Number(new Intl.NumberFormat('en').format(x[0])); @@",
  "toLocaleString": "return Number(x[0].toLocaleString()); @@",
  "Date": "return new Date(x[2]).getTime(); @@",
  "bytes of an array": "return new Uint8Array(x.buffer)[0]; @@",
  "DataView": "return new DataView(x.buffer).getFloat64(0, true); @@",
  "another float type on the bytes": "return new Float32Array(x.buffer)[1]; @@",
  "bytes seen before":
    "const a = new Float64Array(2), bytes = new Uint8Array(a.buffer);\n a[0] = x[0]; @@\n return new Float64Array(bytes.slice().buffer)[0]",
  "a copy of the bytes": "return new Float64Array(x.buffer.slice(0))[0]; @@",
  "bytes by a computed name": "const k = 'buffer'; return new Uint8Array(x[k])[0]; @@",
  "property key": "return { 2: 5 }[x[2]]; @@",
  "computed key": "return Object.keys({ [x[0]]: 1 })[0] * 2; @@",
  "Map key": "return new Map([[1.5, 3]]).get(x[0]); @@",
  "a group by a number": "return [...Map.groupBy([1, 2], (i) => x[0]).keys()][0]; @@",
  "Set member": "return [...new Set([x[0]])][0]; @@",
  "Set.add": "const s = new Set(); s.add(x[0]); @@\n return [...s][0]",
  "node: module": "return util.inspect(x[0]).length * x[1]; @@",
  "cause of an error": "return util.inspect(new Error('no', { cause: x[0] })).length * x[1]; @@",
  "property that is not enumerable":
    "return util.inspect(Object.defineProperty({}, 'v', { value: x[0] })).length * x[1]; @@",
  "property under a symbol": "return util.inspect({ [Symbol.iterator]: x[0] }).length * x[1]; @@",
  "WebAssembly": "return wasm.double(x[0]); @@",
  "memory of WebAssembly": "const m = new Float64Array(memory.buffer);\n m[0] = x[0]; @@\n return m[0]",
  "memory of WebAssembly by set": "const m = new Float64Array(memory.buffer);\n m.set(x); @@\n return m[0]",
  "new Function": "return new Function('a', 'return a * 2')(x[0]); @@",
  "Buffer": "return buffer.Buffer.from(x.buffer)[0]; @@",
  "Array methods on a typed array": "return Array.prototype.map.call(x, (v) => v * 2); @@",
  "sort as text": "return [x[0], x[1]].sort()[0]; @@",
  "Number.prototype": "return Number(Number.prototype.toFixed.call(x[0], 2)); @@",
  "Symbol.toPrimitive": "return x[0][Symbol.toPrimitive]('number'); @@",
  "valueOf": "return x[0].valueOf() * 2; @@",
  "isNaN of text": "return 'abc'.charCodeAt(x[2] - 2); @@",
  "repeat": "return 'ab'.repeat(x[2]).length; @@",
  "an array made elsewhere": "const a = new Function('return new Float64Array(3)')(); a[0] = x[0]; @@\n return a",
  "encode": "return new TextEncoder().encode(x[0])[0]; @@",
  "an array of integers of the runtime": "return ndarray('int32', [1], [x[2] * 2]).data[0]; @@",
  "a callback of what is not followed":
    "return [3].concat(util.promisify).length + 'a'.replace('a', () => x[0]).length; @@",
  "a file": "Deno.writeFileSync('/dev/null', x); @@\n return x[0]",
  "Error": "return Number(new Error(x[0]).message); @@",
  "a rule with a missing direction": "return forwardsOnly(x[0]) + backwardsOnly(x[1]); @@",
  "a rule that changes its arguments": "return changes(x.slice()); @@",
  "an array in a checkpoint from outside":
    "const a = new Float64Array(1); const f = checkpoint((v) => {\n a[0] = v; @@\n return v * 2; }); return f(x[0]) + a[0]",
  "a variable out of a checkpoint":
    "let leak; const f = checkpoint((v) => { leak = v * 2; return v * 3; }); f(x[0]);\n return leak * x[1]; @@",
};

const SHARED = `
import * as util from "node:util";
import * as buffer from "node:buffer";
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 124, 1, 124, 3, 2, 1, 0, 7, 10, 1, 6, 100, 111, 117, 98,
  108, 101, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 0, 160, 11]);
const wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
const memory = new WebAssembly.Memory({ initial: 1 });
const forwardsOnly = customDerivative((a) => a * 2, { jvp: (_, [t]) => 2 * t });
const backwardsOnly = customDerivative((a) => a * 2, { vjp: (_, bar) => [2 * bar] });
const changes = customDerivative((a) => a[0] *= 2, { jvp: (_, [t]) => 2 * t[0], vjp: (_, bar) => [[2 * bar, 0, 0]] });
`;

const bodies = Object.fromEntries(Object.entries(ESCAPES).map(([name, body]) => [name, body.replace(" @@", "")]));

Deno.test("an active number that leaves what is followed is an error that names the place", async (t) => {
  await Functions.with(bodies, async (functions) => {
    const lines = Deno.readTextFileSync(functions.module.file).split("\n");
    for (const [name, body] of Object.entries(ESCAPES)) {
      await t.step(name, async () => {
        // It is the line of the module in which the escape stands.
        const marked = body.split("\n").find((line) => line.includes("@@"))!.replace(" @@", "").trim();
        const start = lines.findIndex((line) => line.startsWith(JSON.stringify(name)));
        const line = lines.findIndex((text, i) => i >= start && text.includes(marked)) + 1;
        const ways = [() => functions.jvp(name, X, [1, 2, 3]), () => functions.vjp(name, X, [1])];
        let refused = 0;
        for (const way of ways) {
          try {
            const result = await way();
            assert.match(name, /direction|out of a checkpoint|in a checkpoint/, `${name} gave ${result}`);
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error;
            assert.ok(String(error).includes(`tesseract_api.ts:${line}:`), `${error}\nexpected line ${line}`);
            refused++;
          }
        }
        assert.ok(refused > 0, `${name} was not refused`);
      });
    }
  }, { shared: SHARED });
});

Deno.test("what leaves into WebAssembly is told in words, with the advice to write a rule", async () => {
  const told = {
    call: [
      "return wasm.double(x[0])",
      /is given to a function of WebAssembly here, .*; give the function .* a rule with/,
    ],
    memory: [
      "const m = new Float64Array(memory.buffer); m.set(x); return m[0]",
      /was made where nothing is followed \(.*WebAssembly.*\), .*; give the function that does it a rule with customDeriv/,
    ],
  } as const;
  const bodies = Object.fromEntries(Object.entries(told).map(([name, [body]]) => [name, body]));
  await Functions.with(bodies, async (functions) => {
    for (const [name, [, words]] of Object.entries(told)) {
      await assert.rejects(functions.jvp(name, X, [1, 2, 3]), words);
    }
  }, { shared: SHARED });
});

Deno.test("what leaves without derivatives is welcome", async () => {
  const PLAIN = {
    prints: "console.log('', x[0], [x]); context.logMetric?.('a', x[0]); return x[0] * 2",
    text: "const t = JSON.stringify({ n: x.length }); return JSON.parse(t).n * x[0]",
    stopped:
      "return Number(`${stopGradient(x[0])}`) * x[1] + JSON.parse(JSON.stringify([...stopGradient(x)]))[2] * x[0]",
    clone: "const t = structuredClone(new Float64Array([1, 2])); return t[1] * x[0] + util.inspect(3).length * x[1]",
    bytes: "const a = new Float64Array([1, 2]); return new Uint8Array(a.buffer).length * x[0] + wasm.double(3) * x[1]",
    "methods of global objects": "return (Deno.inspect(3).length + process.cwd().length) * x[0]",
    "a method of a proxy that lists what it does not have":
      "const p = new Proxy({ f: () => 3 }, { ownKeys: () => ['f', 'ghost'] }); return p.f() * x[0]",
  };
  // In Deno 2.4 `process.env` is such a proxy.
  Deno.env.set("TESSERACT_TEST_EMPTY", "");
  const { log } = console;
  console.log = () => {};
  try {
    await Functions.with(PLAIN, async (functions) => {
      for (const name of Object.keys(PLAIN)) {
        const expected = name === "stopped" ? [[2, 1.5, 0]] : undefined;
        await functions.check(name, X, expected);
      }
    }, { shared: SHARED });
  } finally {
    console.log = log;
    Deno.env.delete("TESSERACT_TEST_EMPTY");
  }
});

Deno.test("syntax that cannot be followed is an error with file, line and column of TypeScript", async () => {
  const cases = [
    ["const f = (a: number) => eval('a');", 1, 26, /eval/],
    ["type A = { a: number };\nconst f = (a: number, { 0: b }: number[]) => a * b!;", 2, 23, /declaration of its own/],
    ["const g: number = 1; const { buffer }: Float64Array = new Float64Array(1);", 1, 30, /x\.buffer/],
  ] as const;
  for (const [text, line, column, message] of cases) {
    const source = `${text}\nimport { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
      const S = z.object({ x: differentiable(array([null], "float64")) });
      export default defineTesseract({ InputSchema: S, OutputSchema: S, derivatives: "auto", apply: ({ x }) => ({ x }) });`;
    await withModule({ "tesseract_api.ts": source }, async (module) => {
      await assert.rejects(loadCopy(module), (error: Error) => {
        assert.match(error.message, message);
        assert.match(error.message, new RegExp(`tesseract_api\\.ts:${line}:${column}$`));
        return true;
      });
    });
  }
});

Deno.test("derivatives is auto or nothing, and needs differentiable arrays", async () => {
  const source = (value: string, x: string) =>
    `import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
     const S = z.object({ x: ${x} });
     export default defineTesseract({ InputSchema: S, OutputSchema: S, derivatives: ${value}, apply: ({ x }) => ({ x }) });`;
  const message = async (value: string, x: string) => {
    try {
      await withModule({ "tesseract_api.ts": source(value, x) }, () => Promise.resolve());
    } catch (error) {
      if (error instanceof BrokenModule) return error.message;
      throw error;
    }
    return "";
  };
  assert.match(
    await message('"yes"', "differentiable(array([null], 'float64'))"),
    /derivatives: is "yes"; expected "auto"/,
  );
  assert.match(await message('"auto"', "array([null], 'float64')"), /derivatives: there is no differentiable/);
});
