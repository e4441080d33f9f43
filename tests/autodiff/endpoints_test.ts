/** `derivatives: "auto"` through the real program, and through the endpoints' functions. */
import assert from "node:assert/strict";
import { CONNECTION } from "../../lib/autodiff/marks.ts";
import { NotFollowed } from "../../lib/autodiff/runtime/not_followed.ts";
import { framesOf } from "../../lib/api/stack.ts";
import { withFiles } from "../api/user_module.ts";
import { close, Functions, withModule } from "./module.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;

async function program(module: string, command: string, payload: unknown): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CLI, "--api-path", module, command, JSON.stringify(payload)],
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  const { code, stdout, stderr } = await child.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const MODULE = `
import { array, differentiable, scalar, z } from "@tesseract/runtime";
import { power } from "./maths.ts";
export const InputSchema = z.object({
  params: z.record(z.string(), differentiable(scalar("float64"))),
  layers: z.array(z.object({ w: differentiable(array([null, 2], "float32")) })),
  n: z.int(),
  note: z.string().default("n"),
});
export const OutputSchema = z.object({
  sums: z.array(differentiable(scalar("float64"))),
  by: z.record(z.string(), differentiable(array([null], "float64"))),
  note: z.string(),
});
export const derivatives = "auto";
export async function apply({ params, layers, n, note }: z.output<typeof InputSchema>) {
  await Promise.resolve();
  const sums = layers.map(({ w }) => w.data.reduce((a, b) => a + power(b, n), 0) * params.rate!);
  return { sums, by: { all: [sums[0]! * params.rate!, params["a.b"]!] }, note: note + layers.length };
}
`;
const MATHS = "export const power = (x: number, n: number): number => n === 0 ? 1 : x * power(x, n - 1);\n";
const inputs = { params: { rate: 2, "a.b": 5 }, layers: [{ w: [[1, 2]] }, { w: [[3, 4], [5, 6]] }], n: 3 };
const files = { "tesseract_api.ts": MODULE, "maths.ts": MATHS };

Deno.test("the program answers the derivative endpoints of a module that has only apply", async () => {
  await withFiles(files, async (module) => {
    const jac = { inputs, jac_inputs: ["params.{rate}", "layers.[0].w"], jac_outputs: ["sums.[0]", "by.{all}"] };
    const jacobian = JSON.parse(await program(module, "jacobian", jac));
    assert.deepEqual(jacobian["sums.[0]"]["params.{rate}"].data.buffer, 9);
    assert.deepEqual(jacobian["sums.[0]"]["layers.[0].w"].data.buffer, [[6, 24]]);
    assert.deepEqual(jacobian["by.{all}"]["params.{rate}"].data.buffer, [36, 0]);
    assert.deepEqual(jacobian["by.{all}"]["layers.[0].w"].data.buffer, [[[12, 48]], [[0, 0]]]);
    const tangent_vector = { "params.{rate}": 1, "layers.[1].w": [[1, 0], [0, 0]] };
    const jvp = JSON.parse(
      await program(module, "jacobian-vector-product", {
        inputs,
        jvp_inputs: ["params.{rate}", "layers.[1].w"],
        jvp_outputs: ["sums.[1]"],
        tangent_vector,
      }),
    );
    assert.equal(jvp["sums.[1]"].data.buffer, 27 + 64 + 125 + 216 + 2 * 27);
    const vjp = JSON.parse(
      await program(module, "vector-jacobian-product", {
        inputs,
        vjp_inputs: ["layers.[1].w", "params.{a.b}"],
        vjp_outputs: ["sums.[1]", "by.{all}"],
        cotangent_vector: { "sums.[1]": 1, "by.{all}": [0, 3] },
      }),
    );
    assert.deepEqual(vjp["layers.[1].w"], {
      object_type: "array",
      shape: [2, 2],
      dtype: "float32",
      data: { buffer: [[54, 96], [150, 216]], encoding: "json" },
    });
    assert.equal(vjp["params.{a.b}"].data.buffer, 3);
    assert.match(await program(module, "check-gradients", { inputs }), /Adjoint test passed/);
  });
});

Deno.test("a derivative that the module writes itself wins", async () => {
  const own = "export const jacobianVectorProduct = () => ({ own: true });";
  await withModule({ ...files, "tesseract_api.ts": MODULE + own }, async (module) => {
    assert.deepEqual(await module.functions.jacobianVectorProduct!(), { own: true });
    assert.ok(module.functions.jacobian);
  });
});

Deno.test("apply is not the copy: it stays the author's own function", async () => {
  await withModule(files, (module) => {
    assert.ok(!String(module.functions.apply).includes("followed by"));
    return Promise.resolve();
  });
});

Deno.test("what apply throws in a derivative has the author's file, line and column", async () => {
  const text = `import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";
const S = z.object({ x: differentiable(array([null], "float64")) });
type Pair<T> = [T, T];
const check = (pair: Pair<number>, limit: number): number => {
  const sum: number = pair[0] * pair[1]; if (sum > limit) throw new RangeError("too large");
  return sum;
};
export default defineTesseract({ InputSchema: S, OutputSchema: S, derivatives: "auto",
  apply: ({ x }) => ({ x: [check([x.data[0]!, 3], 2)] }) });`;
  await withModule({ "tesseract_api.ts": text }, async (module) => {
    const at = { x: { dtype: "float64", shape: [1], data: new Float64Array([5]) } };
    const call = () =>
      module.functions.vectorJacobianProduct!(at, new Set(["x"]), new Set(["x"]), { x: { ...at.x } }, {});
    await assert.rejects(async () => await call(), (error: Error) => {
      const [first, second] = framesOf(error, module.file);
      assert.equal(error.message, "too large");
      assert.deepEqual([first?.name, first?.line, first?.column], ["check", 5, 65]);
      assert.deepEqual([second?.line, second?.column], [9, 28]);
      return true;
    });
  });
});

Deno.test("kinks are as in JAX: abs is 0 at 0, ties of max and min are shared", async () => {
  const bodies = {
    abs: "[Math.abs(x[0])]",
    max: "[Math.max(x[0], x[1]), Math.min(x[0], x[1], x[2]), Math.max(x[0], 0)]",
    loop: "let s = 0; for (let i = 0; i < x.length; i++) s += Math.abs(x[i]) + Math.max(x[i], 0); return s",
  };
  await Functions.with(bodies, async (functions) => {
    for (let round = 0; round < 2; round++) {
      await functions.check("abs", [0, 1, 2], [[0, 0, 0]]);
      const third = 1 / 3;
      await functions.check("max", [0, 0, 0], [[0.5, 0.5, 0], [third, third, third], [0.5, 0, 0]]);
      await functions.check("loop", [0, 1, -1], [[0.5, 2, -1]]);
      functions.specialise();
    }
  });
});

Deno.test("float32 and float16 arrays round at every store, as in apply", async () => {
  const bodies = {
    sum:
      "let s = x.slice(); for (let i = 0; i < 20; i++) for (let k = 0; k < s.length; k++) s[k] = s[k] * 1.1 + x[k] / 3; return s",
    half: "const h = new Float16Array(3); for (let i = 0; i < 3; i++) h[i] = x[i] / 3; return h.map((v) => v * 3)",
  };
  for (const dtype of ["float32", "float16"]) {
    await Functions.with(bodies, async (functions) => {
      for (let round = 0; round < 2; round++) {
        for (const name of Object.keys(bodies)) {
          const [jacobian] = [await functions.agree(name, [0.3, 1.7, -2.2])];
          close(jacobian, await functions.jacobian(name, [0.4, 1.6, -2.1]), 1e-3, name);
        }
        functions.specialise();
      }
    }, { dtype });
  }
});

Deno.test("checkpoint: a loop of 10^6 steps in 256 MB, with the derivative of the loop itself", async () => {
  const bodies = {
    long: `const part = checkpoint((v, array) => {
        for (let i = 0; i < 1000; i++) { v[0] += 1e-6 * array[1] * (1 - v[0] * v[0]); v[1] += 1e-6 * v[0]; }
        return v;
      });
      let state = x.slice();
      for (let k = 0; k < 1000; k++) state = part(state, x);
      return state`,
    short: `let state = x.slice();
      for (let i = 0; i < 3000; i++) { state[0] += 1e-6 * x[1] * (1 - state[0] * state[0]); state[1] += 1e-6 * state[0]; }
      return state`,
    parts: `const part = checkpoint((v, array) => {
        for (let i = 0; i < 1000; i++) { v[0] += 1e-6 * array[1] * (1 - v[0] * v[0]); v[1] += 1e-6 * v[0]; }
        return v;
      });
      let state = x.slice();
      for (let k = 0; k < 3; k++) state = part(state, x);
      return state`,
  };
  await Functions.with(bodies, async (functions) => {
    const x = [0.2, 0.7];
    close(await functions.agree("parts", x), await functions.agree("short", x), 1e-12, "parts and whole");
    const before = Deno.memoryUsage().rss;
    const backwards = [await functions.vjp("long", x, [1, 0])];
    const used = (Deno.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(used < 256, `${used} MB`);
    const expected = [
      [await functions.jvp("long", x, [1, 0]), await functions.jvp("long", x, [0, 1])].map((t) => t[0]!),
    ];
    close(backwards, expected, 1e-11, "long");
  });
});

Deno.test("a call of another Tesseract is followed by its derivative endpoints", async () => {
  // As lib/client makes it: nothing of the copy.
  interface Inputs {
    readonly a: { readonly u: number[] };
    readonly k: number;
  }
  type Vector = Record<string, number[]>;
  const f64 = (v: ArrayLike<number>) => ({ dtype: "float64", shape: [v.length], data: Float64Array.from(v) });
  const each = (u: ArrayLike<number>, f: (v: number, i: number) => number) => f64(Array.from(u, f));
  const asked = new Set<string>();
  const connection = {
    patterns: () => Promise.resolve({ inputs: ["a.{}"], outputs: ["y"] }),
    apply: ({ a, k }: Inputs) => Promise.resolve({ y: each(a.u, (v) => v * v * k), n: 1 }),
    jacobianVectorProduct({ a, k }: Inputs, _by: unknown, _of: unknown, t: Vector) {
      asked.add("jvp");
      return Promise.resolve({ y: each(a.u, (v, i) => 2 * v * k * t["a.{u}"]![i]!) });
    },
    vectorJacobianProduct({ a, k }: Inputs, _by: unknown, _of: unknown, w: { y: { data: number[] } }) {
      asked.add("vjp");
      return Promise.resolve({ "a.{u}": each(a.u, (v, i) => 2 * v * k * w.y.data[i]!) });
    },
  };
  const client = { apply: (inputs: Inputs) => connection.apply(inputs), [CONNECTION]: connection };
  Object.assign(globalThis, { testClient: client });
  const shared = "const client = globalThis.testClient;";
  const bodies = {
    remote:
      "async (x) => { const { y, n } = await client.apply({ a: { u: [...x] }, k: 3 }); return y.data.map((v, i) => v * x[0] * n); }",
    refused: "async (x) => { const { y } = await client.apply({ a: { u: [1, 2] }, k: x[0] }); return y.data; }",
    "the same array twice": "async (x) => { const { y } = await client.apply({ a: { u: x }, k: x }); return y.data; }",
  };
  await Functions.with(bodies, async (functions) => {
    await functions.check("remote", [0.4, 1.5, -0.7]);
    assert.deepEqual(asked, new Set(["jvp", "vjp"]));
    for (const name of ["refused", "the same array twice"]) {
      await assert.rejects(functions.jvp(name, [1, 2], [1, 1]), /is not differentiable there/, name);
    }
  }, { shared });
});

Deno.test("customDerivative: a missing direction says so; a rule of the wrong shape, too", async () => {
  const shared = `
    const forwards = customDerivative((a) => a * 2, { jvp: (_, [t]) => 2 * t });
    const backwards = customDerivative((a) => a * 2, { vjp: (_, bar) => [2 * bar] });
    const wrong = customDerivative((v) => v.map((e) => e * 2), { jvp: () => [1], vjp: () => [[1]] });
  `;
  const bodies = { forwards: "forwards(x[0])", backwards: "backwards(x[0])", wrong: "wrong(x)" };
  await Functions.with(bodies, async (functions) => {
    const x = [1, 2];
    assert.deepEqual(await functions.jvp("forwards", x, [1, 0]), [2]);
    assert.deepEqual(await functions.vjp("backwards", x, [1]), [2, 0]);
    await assert.rejects(
      functions.vjp("forwards", x, [1]),
      /tesseract_api\.ts:\d+:\d+: customDerivative has no vjp here/,
    );
    await assert.rejects(functions.jvp("backwards", x, [1, 0]), /customDerivative has no jvp here/);
    await assert.rejects(functions.jvp("wrong", x, [1, 0]), /what jvp gives: expected 2 numbers, got 1/);
    await assert.rejects(
      functions.vjp("wrong", x, [1, 1]),
      /what vjp gives for argument\[0\]: expected 2 numbers, got 1/,
    );
  }, { shared });
});

Deno.test("a value of another kind than before does not change the result", async () => {
  const shared =
    "let kind = 0; const source = (v) => kind === 0 ? v : kind === 1 ? [v][0] * 1 : new Float64Array([v]);";
  const bodies = {
    kinds: `kind = x[1] > 2 ? 2 : x[1] > 1 ? 1 : 0;
      let s = 0;
      for (let i = 0; i < 3; i++) { const v = x[1] > 1 ? source(x[0]) : 2; s += typeof v === "number" ? v * i : v[0] ** 2; }
      return s`,
  };
  await Functions.with(bodies, async (functions) => {
    await functions.agree("kinds", [1.5, 0]);
    functions.specialise();
    await functions.check("kinds", [1.5, 0], [[0, 0]]);
    await functions.check("kinds", [1.5, 1.5], [[3, 0]]);
    await functions.check("kinds", [1.5, 2.5], [[9, 0]]);
    await functions.check("kinds", [1.5, 0], [[0, 0]]);
  }, { shared });
});

Deno.test("NotFollowed is a TypeError with a name", () => {
  assert.ok(new NotFollowed("x") instanceof TypeError);
});
