/** What user code is given: checked by the compiler, so the tests have little to run. */
import { anyShape, array, defineTesseract, differentiable, type Inputs, type NdArray, scalar, z } from "../../mod.ts";
import { same } from "./equal.ts";

Deno.test("arrays are typed by dtype and rank", () => {
  const Schema = z.object({
    vector: array([null], "float32"),
    fixed: array([2, 3], "int8"),
    any: array(anyShape, "float64"),
    anything: array(anyShape, null),
    counts: array([null], "uint64"),
    mask: array([null], "bool"),
    waves: array([null], "complex64"),
  });
  type Values = Inputs<typeof Schema>;
  same<Values["vector"], NdArray<"float32", readonly [null]>>();
  same<Values["vector"]["data"], Float32Array>();
  same<Values["vector"]["shape"], readonly [number]>();
  same<Values["fixed"]["data"], Int8Array>();
  same<Values["fixed"]["shape"], readonly [number, number]>();
  same<Values["any"]["shape"], readonly number[]>();
  same<Values["anything"], NdArray>();
  same<Values["counts"]["data"], BigUint64Array>();
  same<Values["mask"]["data"], Uint8Array>();
  same<Values["waves"]["data"], Float32Array>();
});

Deno.test("scalars are plain values", () => {
  const Schema = z.object({
    real: scalar("float16"),
    whole: scalar("int32"),
    long: scalar("int64"),
    flag: scalar("bool"),
    wave: scalar("complex128"),
    shaped: array([], "float64"),
  });
  same<Inputs<typeof Schema>, {
    real: number;
    whole: number;
    long: bigint;
    flag: boolean;
    wave: { re: number; im: number } & Inputs<typeof Schema>["wave"];
    shaped: number;
  }>;
  same<Inputs<typeof Schema>["real"], number>();
  same<Inputs<typeof Schema>["whole"], number>();
  same<Inputs<typeof Schema>["long"], bigint>();
  same<Inputs<typeof Schema>["flag"], boolean>();
  same<Inputs<typeof Schema>["wave"]["re"], number>();
  same<Inputs<typeof Schema>["shaped"], number>();
});

Deno.test("array types keep their type in and under every wrapper", () => {
  const vector = differentiable(array([null], "float32"));
  type Vector = NdArray<"float32", readonly [null]>;
  const Schema = z.object({
    described: vector.describe("A vector").meta({ title: "Vector" }).refine((a) => a.shape[0] > 0),
    optional: vector.optional(),
    nullable: vector.nullable(),
    prefault: vector.prefault([1, 2]),
    scalar: scalar("float32").default(1),
    list: z.array(vector),
    record: z.record(z.string(), vector),
    tuple: z.tuple([vector, z.string()]),
    union: z.union([vector, z.literal("none")]),
    readonly: vector.readonly(),
    length: vector.transform((a) => a.data.length),
  });
  type Values = Inputs<typeof Schema>;
  same<Values["described"], Vector>();
  same<Values["optional"], Vector | undefined>();
  same<Values["nullable"], Vector | null>();
  same<Values["prefault"], Vector>();
  same<Values["scalar"], number>();
  same<Values["list"], Vector[]>();
  same<Values["record"], Record<string, Vector>>();
  same<Values["tuple"], [Vector, string]>();
  same<Values["union"], Vector | "none">();
  same<Values["readonly"]["shape"], readonly [number]>();
  same<Values["length"], number>();
});

Deno.test("defaults must fit", () => {
  scalar("float32").default(1);
  scalar("int64").default(1n);
  scalar("bool").default(true);
  scalar("complex64").default({ re: 0, im: 1 });
  array([null], "float32").default({ dtype: "float32", shape: [1], data: new Float32Array(1) });
  array([null, null], "float32").prefault([[1, 2]]);
  array([null], "float32").prefault(new Float32Array(2));
  // @ts-expect-error a text is no number
  scalar("float32").default("1");
  array([null], "float32").default([1, 2]);
  // @ts-expect-error one dimension too many
  array([null], "float32").prefault([[1, 2]]);
  // @ts-expect-error another dtype
  array([null], "float32").prefault(new Float64Array(2));
});

Deno.test("array types are checked where they are written", () => {
  array([2, null], "int8");
  // @ts-expect-error no dtype
  if (false as boolean) array([2, null], "float128");
  array(["n", "n+1"], "float32");
  // @ts-expect-error a size is a number, a name or null
  if (false as boolean) array([true], "float32");
  // @ts-expect-error only array types are differentiable
  if (false as boolean) differentiable(z.number());
  // @ts-expect-error the wrapper goes around: differentiable(array(…)).optional()
  if (false as boolean) differentiable(array([null], "float32").optional());
});

Deno.test("the inputs are typed inside every function", () => {
  const vector = differentiable(array([null], "float32"));
  defineTesseract({
    InputSchema: z.object({ a: vector, n: z.int().optional() }),
    OutputSchema: z.object({ result: vector }),
    apply(inputs, context) {
      same<typeof inputs, { a: NdArray<"float32", readonly [null]>; n?: number | undefined }>();
      same<typeof context.signal, AbortSignal>();
      // @ts-expect-error there is no such input
      inputs.b;
      return { result: inputs.a };
    },
    jacobian({ a }, _jacInputs, _jacOutputs, context) {
      same<typeof context.runId, string>();
      return { result: { a: { dtype: "float32", shape: [a.shape[0], a.shape[0]], data: new Float32Array(1) } } };
    },
    jacobianVectorProduct({ a }) {
      return { result: a };
    },
    async vectorJacobianProduct({ a }) {
      return { a: await Promise.resolve(a) };
    },
  });
});

Deno.test("named sizes are numbers", () => {
  const Named = z.object({ m: array(["n", "n+1", 3], "float32") });
  same<z.output<typeof Named>["m"]["shape"], readonly [number, number, number]>();
  const lists: z.input<typeof Named>["m"] = [[[1, 2, 3]]];
  void lists;
});
