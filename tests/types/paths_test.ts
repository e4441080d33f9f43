/** Paths and what is indexed by them: checked by the compiler; nothing of it is called. */
import { array, defineTesseract, differentiable, type NdArray, type Path, scalar, z } from "../../mod.ts";
import { same } from "./equal.ts";

const vector = differentiable(array([null], "float32"));
const matrix = differentiable(array([null, null], "float64"));
const number = differentiable(scalar("float64"));

Deno.test("paths go through objects, lists, records, tuples and wrappers, and name differentiable arrays only", () => {
  const Schema = z.object({
    a: vector,
    fixed: array([null], "float32"),
    mesh: z.object({ points: matrix.describe("Points") }).optional(),
    layers: z.array(z.object({ weight: matrix.optional(), name: z.string() })).default([]),
    params: z.record(z.string(), number.nullable()),
    units: z.record(z.enum(["m", "s"]), number),
    span: z.tuple([number, z.string(), vector.readonly()]).readonly(),
    rest: z.tuple([z.string()], vector),
    grid: z.array(z.array(vector)),
    shape: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("disc"), radius: number }),
      z.object({ kind: z.literal("box"), sides: vector }),
    ]),
    either: z.union([number, z.literal("none")]),
    piped: z.object({ x: vector }).transform(({ x }) => x.data.length),
    prepared: z.preprocess((value) => value, vector),
    lazy: z.lazy(() => z.object({ y: vector })),
    "a.b": vector,
  });
  same<
    Path<typeof Schema>,
    | "a"
    | "mesh.points"
    | `layers.[${number}].weight`
    | `params.{${string}}`
    | "units.{m}"
    | "units.{s}"
    | "span.[0]"
    | "span.[2]"
    | `rest.[${number}]`
    | `grid.[${number}].[${number}]`
    | "shape.radius"
    | "shape.sides"
    | "either"
    | "piped.x"
    | "prepared"
    | "lazy.y"
  >();
  const refined = Schema.refine(() => true).describe("Refined");
  same<Path<typeof refined>, Path<typeof Schema>>();
});

Deno.test("a schema without differentiable arrays has no paths", () => {
  const Schema = z.object({ a: array([null], "float32"), s: z.string() });
  same<Path<typeof Schema>, never>();
});

Deno.test("paths are exact to a depth of 7", () => {
  const seven = z.object({ a: z.object({ b: z.object({ c: z.array(z.object({ d: z.object({ x: vector }) })) }) }) });
  same<Path<typeof seven>, `a.b.c.[${number}].d.x`>();
  const Deep = z.object({
    a: z.object({
      b: z.object({
        c: z.object({
          d: z.object({
            e: z.object({
              f: z.object({
                g: vector,
                h: z.object({ i: vector }),
              }),
            }),
          }),
        }),
      }),
    }),
  });
  same<Path<typeof Deep>, "a.b.c.d.e.f.g" | `a.b.c.d.e.f.h.${string}`>();
});

const InputSchema = z.object({
  a: vector,
  s: number,
  layers: z.array(z.object({ weight: matrix })),
  params: z.record(z.string(), number),
});
const OutputSchema = z.object({ result: vector, nested: z.object({ out: number }) });
const apply = () => ({ result: [1], nested: { out: 1 } });

Deno.test("the path arguments are typed", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian(_inputs, jacInputs, jacOutputs) {
      jacInputs.has("a");
      jacInputs.has("layers.[0].weight");
      jacInputs.has("params.{rate}");
      jacOutputs.has("nested.out");
      // @ts-expect-error there is no such input
      jacInputs.has("b");
      // @ts-expect-error that is an output
      jacInputs.has("result");
      // @ts-expect-error a list is indexed by numbers
      jacInputs.has("layers.[first].weight");
      // @ts-expect-error an input
      jacOutputs.has("a");
      return {};
    },
  });
});

Deno.test("tangents are indexed by paths, of which only those asked for are there", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobianVectorProduct(_inputs, jvpInputs, _jvpOutputs, tangentVector) {
      same<typeof tangentVector["a"], NdArray<"float32", readonly [null]> | undefined>();
      same<typeof tangentVector.s, NdArray<"float64", readonly []> | undefined>();
      same<typeof tangentVector["layers.[0].weight"], NdArray<"float64", readonly [null, null]> | undefined>();
      // @ts-expect-error there is no such input
      tangentVector["b"];
      for (const path of jvpInputs) {
        if (path === "a") same<NonNullable<typeof tangentVector[typeof path]>["data"], Float32Array>();
      }
      // @ts-expect-error only those asked for are there
      tangentVector.a.data;
      return { result: tangentVector.a!, "nested.out": tangentVector.s! };
    },
    vectorJacobianProduct(_inputs, _vjpInputs, _vjpOutputs, cotangentVector) {
      same<typeof cotangentVector["result"], NdArray<"float32", readonly [null]> | undefined>();
      same<typeof cotangentVector["nested.out"], NdArray<"float64", readonly []> | undefined>();
      return {
        a: cotangentVector.result!.data,
        "layers.[0].weight": [[1]],
        "params.{rate}": cotangentVector["nested.out"]!,
      };
    },
  });
});

Deno.test("products are of the dtype and rank of their type", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error float64 for float32
    jacobianVectorProduct: () => ({ result: new Float64Array(1) }),
    // @ts-expect-error one dimension for two
    vectorJacobianProduct: () => ({ "layers.[0].weight": [1] }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error there is no such output
    jacobianVectorProduct: () => ({ result: [1], other: [1] }),
    // @ts-expect-error there is no such input
    vectorJacobianProduct: async () => await Promise.resolve({ a: [1], b: [1] }),
  });
});

Deno.test("a Jacobian has a block of joined shapes for any pair, of any numeric dtype", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian: () => ({
      result: { a: [[1]], s: new Float64Array(1), "layers.[1].weight": [[[1]]] },
      "nested.out": { a: { dtype: "float16", shape: [1], data: new Float16Array(1) }, s: 1 },
    }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error result by a has two dimensions
    jacobian: () => ({ result: { a: [1] } }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error there is no such input
    jacobian: () => ({ result: { b: [[1]] } }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error there is no such output
    jacobian: () => ({ other: { a: [[1]] } }),
  });
});

Deno.test("results may be built key by key", () => {
  defineTesseract({
    InputSchema: z.object({ a: vector, b: matrix }),
    OutputSchema,
    apply,
    jacobian(_inputs, jacInputs, jacOutputs) {
      const result: Record<string, Record<string, NdArray>> = {};
      for (const output of jacOutputs) {
        result[output] = {};
        for (const input of jacInputs) {
          result[output][input] = { dtype: "float64", shape: [1, 1], data: new Float64Array(1) };
        }
      }
      return result;
    },
    async jacobianVectorProduct(_inputs, _jvpInputs, jvpOutputs) {
      const result: Record<string, number> = {};
      for (const output of await Promise.resolve(jvpOutputs)) result[output] = 1;
      return result;
    },
  });
});
