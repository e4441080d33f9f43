/** The types of a client: checked by the compiler; nothing of it is called. */
import { type Client, connect, type Run } from "../../client.ts";
import { anyShape, array, defineTesseract, differentiable, type NdArray, scalar, z } from "../../mod.ts";
import { same } from "../types/equal.ts";
import type component from "./component/tesseract_api.ts";

const vector = differentiable(array([null], "float32"));
const matrix = differentiable(array([null, null], "float64"));

const module = defineTesseract({
  InputSchema: z.object({
    a: vector,
    s: differentiable(scalar("float32")).default(1),
    layers: z.array(z.object({ weight: matrix, name: z.string() })).default([]),
    params: z.record(z.string(), differentiable(scalar("float64"))).optional(),
    count: scalar("int64"),
    wave: scalar("complex128").optional(),
    mode: z.enum(["fast", "exact"]).default("fast"),
    fixed: array([null], "float64").optional(),
  }),
  OutputSchema: z.object({
    result: vector,
    total: differentiable(scalar("float64")),
    count: scalar("int64"),
    any: array(anyShape, "float64"),
    defaulted: z.string().default("none"),
    maybe: vector.nullable().optional(),
    either: z.union([vector, z.string()]),
    pair: z.tuple([matrix, z.int()]),
    named: z.record(z.string(), vector),
    list: z.array(z.object({ flag: scalar("bool") })),
  }),
  apply: () => null as never,
});

declare const client: Client<typeof module>;
/** What is in it is looked at by the compiler only. */
const never = (_: () => unknown) => {};

Deno.test("inputs are given as callers write them: lists, typed arrays, arrays, without what has a default", () => {
  never(() => client.apply({ a: [1, 2], count: 1 }));
  never(() => client.apply({ a: new Float32Array(2), count: 1n, layers: [{ weight: [[1]], name: "w" }] }));
  never(() => client.apply({ a: { dtype: "float32", shape: [2], data: new Float32Array(2) }, count: 1 }));
  never(() => client.apply({ a: [], count: 1, params: { x: 1 }, wave: { re: 0, im: 1 }, mode: "exact", s: 2 }));
  // @ts-expect-error a and count have no default
  never(() => client.apply({ s: 1 }));
  // @ts-expect-error there is no such input
  never(() => client.apply({ a: [], count: 1, b: 1 }));
  // @ts-expect-error another dtype
  never(() => client.apply({ a: new Float64Array(1), count: 1 }));
  // @ts-expect-error another rank
  never(() => client.apply({ a: [[1]], count: 1 }));
  // @ts-expect-error no text is a number
  never(() => client.apply({ a: ["1"], count: 1 }));
  // @ts-expect-error no such mode
  never(() => client.apply({ a: [], count: 1, mode: "slow" }));
  // @ts-expect-error a layer has no bias
  never(() => client.apply({ a: [], count: 1, layers: [{ weight: [[1]], name: "", bias: 1 }] }));
});

Deno.test("outputs are arrays with the right typed array, and plain scalars", () => {
  type Outputs = Awaited<ReturnType<typeof client.apply>>;
  same<Outputs["result"], NdArray<"float32", readonly [null]>>();
  same<Outputs["result"]["data"], Float32Array>();
  same<Outputs["result"]["shape"], readonly [number]>();
  same<Outputs["total"], number>();
  same<Outputs["count"], bigint>();
  same<Outputs["maybe"], NdArray<"float32", readonly [null]> | null | undefined>();
  same<Outputs["either"], NdArray<"float32", readonly [null]> | string>();
  same<Outputs["pair"], [NdArray<"float64", readonly [null, null]>, number]>();
  same<Outputs["named"], Record<string, NdArray<"float32", readonly [null]>>>();
  same<Outputs["list"][number]["flag"], boolean>();
  // @ts-expect-error there is no such output
  never((outputs?: Outputs) => outputs!.c);
});

Deno.test("an output of any rank may be a scalar, and one with a default may be left out by the module", () => {
  type Outputs = Awaited<ReturnType<typeof client.apply>>;
  same<Outputs["any"], NdArray<"float64", null> | number>();
  same<Outputs["defaulted"], string | undefined>();
});

Deno.test("derivatives take paths of differentiable arrays, and give what was asked for", () => {
  const inputs = { a: [1], count: 1 };
  never(async () => {
    const jacobian = await client.jacobian(inputs, ["a", "layers.[0].weight"], ["result"]);
    const block = jacobian.result["layers.[0].weight"];
    same<typeof block.shape, readonly [number, number, number]>();
    if (block.dtype === "float64") same<typeof block.data, Float64Array>();
    // @ts-expect-error it was not asked for
    jacobian.result.s;
    // @ts-expect-error it was not asked for
    jacobian.total;
  });
  never(async () => {
    const tangents = { a: [1], "params.{x}": 1 };
    const product = await client.jacobianVectorProduct(inputs, ["a", "params.{x}"], ["result", "total"], tangents);
    same<typeof product.result, NdArray<"float32", readonly [null]>>();
    same<typeof product.total, NdArray<"float64", readonly []>>();
  });
  never(async () => {
    const product = await client.vectorJacobianProduct(inputs, new Set(["s"] as const), ["total"], { total: 1 });
    same<typeof product.s, NdArray<"float32", readonly []>>();
    // @ts-expect-error it was not asked for
    product.a;
  });
  // @ts-expect-error there is no such input
  never(() => client.jacobian(inputs, ["b"], ["result"]));
  // @ts-expect-error it is not differentiable
  never(() => client.jacobian(inputs, ["fixed"], ["result"]));
  // @ts-expect-error an index is in brackets
  never(() => client.jacobian(inputs, ["layers.0.weight"], ["result"]));
  // @ts-expect-error there is no such output
  never(() => client.jacobian(inputs, ["a"], ["a"]));
  // @ts-expect-error a tangent of each input is needed
  never(() => client.jacobianVectorProduct(inputs, ["a", "s"], ["result"], { a: [1] }));
  // @ts-expect-error a tangent has the rank of its input
  never(() => client.jacobianVectorProduct(inputs, ["a"], ["result"], { a: [[1]] }));
  // @ts-expect-error there is no cotangent of what is not asked for
  never(() => client.vectorJacobianProduct(inputs, ["a"], ["total"], { total: 1, result: [1] }));
});

Deno.test("a long run has the outputs of apply", () => {
  never(async () => {
    const run = await client.submit({ a: [1], count: 1 }, { runId: "r" });
    same<typeof run, Run<Awaited<ReturnType<typeof client.apply>>>>();
    const { status } = await run.status({ wait: 10 });
    same<typeof status, "queued" | "running" | "succeeded" | "failed" | "cancelled">();
    // @ts-expect-error there is no such input
    await client.submit({ a: [1], count: 1, b: 1 });
  });
});

Deno.test("abstract evaluation takes and gives { shape, dtype } in the place of arrays", () => {
  never(async () => {
    const outputs = await client.abstractEval({
      a: { shape: [3], dtype: "float32" },
      count: { shape: [], dtype: "int64" },
    });
    same<typeof outputs.result.shape, readonly [number]>();
    same<typeof outputs.result.dtype, "float32">();
    // @ts-expect-error there are no values
    outputs.result.data;
  });
  // @ts-expect-error a list has no dtype
  never(() => client.abstractEval({ a: [1], count: { shape: [], dtype: "int64" } }));
});

Deno.test("a module is typed by its default export, or by its named exports", () => {
  same<Client<typeof component>["apply"], Client<typeof import("./component/tesseract_api.ts")>["apply"]>();
  type Named = Omit<typeof import("./component/tesseract_api.ts"), "default">;
  same<Client<typeof component>["apply"], Client<Named>["apply"]>();
  never(() => connect<typeof component>("http://127.0.0.1:8000").apply({ a: [1] }));
  // @ts-expect-error there is no such input
  never(() => connect<typeof component>("http://127.0.0.1:8000").apply({ a: [1], b: 1 }));
  never(() => connect(module).apply({ a: [1], count: 1 }));
  // @ts-expect-error there is no such input
  never(() => connect(module).apply({ a: [1], count: 1, b: 1 }));
});

Deno.test("without a module the types are loose", () => {
  never(async () => {
    const loose = connect("http://127.0.0.1:8000");
    const { result } = await loose.apply({ anything: [1, new Float32Array(1), { deep: true }] });
    result.data[0].toFixed();
    const { y } = await loose.jacobianVectorProduct({}, ["x.[0]"], ["y"], { "x.[0]": [1] });
    same<typeof y.shape, readonly number[]>();
    (await loose.openapi())["paths"]["/apply"];
    // @ts-expect-error inputs are an object
    await loose.apply(1);
    // @ts-expect-error a tangent of each input is needed
    await loose.jacobianVectorProduct({}, ["x"], ["y"], {});
  });
});

Deno.test("options are known by name and type", () => {
  const options = { signal: new AbortController().signal, timeout: 1000, runId: "r", headers: { "x-a": "b" } };
  never(() => client.health({ ...options, format: "json", compression: "lz4", apiKey: "k", fetch }));
  // @ts-expect-error there is no such format
  never(() => client.health({ format: "msgpack" }));
  // @ts-expect-error there is no such option
  never(() => connect("http://127.0.0.1", { retries: 3 }));
  // @ts-expect-error a run has a name, a connection has none
  never(() => connect("http://127.0.0.1", { runId: "r" }));
  // @ts-expect-error the key is a text
  never(() => connect("http://127.0.0.1", { apiKey: 7 }));
});
