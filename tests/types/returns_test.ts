/** What user code may return: checked by the compiler; nothing of it is called. */
import { anyShape, array, defineTesseract, differentiable, type NdArray, scalar, z } from "../../mod.ts";

const InputSchema = z.object({ a: differentiable(array([null], "float32")), s: differentiable(scalar("float32")) });
const OutputSchema = z.object({
  result: differentiable(array([null], "float32")),
  stats: z.object({ count: scalar("int64"), label: z.string().optional() }).optional(),
});

Deno.test("an array, a typed array or nested lists may be returned", () => {
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: a }) });
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: a.data.map((x) => 2 * x) }) });
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: [...a.data] }) });
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({ result: [1, 2], stats: { count: 3n } }) });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply({ a, s }) {
      if (s > 0) return { result: { dtype: "float32", shape: [1], data: new Float32Array(1) } };
      return { result: { ...a, data: solve(a.data) } };
    },
  });
});

/** The type that authors write has data over any buffer. */
declare function solve(data: Float32Array): Float32Array;

Deno.test("it may come in a promise", () => {
  const asynchronous = defineTesseract({
    InputSchema,
    OutputSchema,
    async apply({ a }) {
      return { result: await Promise.resolve(a) };
    },
  });
  const promise: (...args: Parameters<typeof asynchronous.apply>) => Promise<{ result: NdArray }> = asynchronous.apply;
  void promise;
});

Deno.test("a wrong dtype does not compile", () => {
  // @ts-expect-error float64 for float32
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({ result: new Float64Array(3) }) });
  defineTesseract({
    InputSchema,
    OutputSchema,
    // @ts-expect-error float64 for float32
    apply: () => ({ result: { dtype: "float64", shape: [1], data: new Float64Array(1) } }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    // @ts-expect-error the data are not of the dtype
    apply: () => ({ result: { dtype: "float32", shape: [1], data: new Float64Array(1) } }),
  });
  // @ts-expect-error texts are no numbers
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({ result: ["1"] }) });
  defineTesseract({
    InputSchema,
    OutputSchema,
    // @ts-expect-error float64 for float32, in a promise
    async apply() {
      return await Promise.resolve({ result: new Float64Array(3) });
    },
  });
});

Deno.test("a wrong rank does not compile", () => {
  // @ts-expect-error two dimensions for one
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({ result: [[1, 2]] }) });
  // @ts-expect-error a number for one dimension
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({ result: 1 }) });
  defineTesseract({
    InputSchema,
    OutputSchema,
    // @ts-expect-error two dimensions for one
    apply: ({ a }) => ({ result: { dtype: "float32", shape: [1, 2], data: a.data } }),
  });
  const Matrix = z.object({ m: array([null, null], "float32") });
  defineTesseract({ InputSchema, OutputSchema: Matrix, apply: () => ({ m: [[1, 2]] }) });
  // @ts-expect-error a typed array has one dimension
  defineTesseract({ InputSchema, OutputSchema: Matrix, apply: ({ a }) => ({ m: a.data }) });
  // @ts-expect-error one dimension for two
  defineTesseract({ InputSchema, OutputSchema: Matrix, apply: ({ a }) => ({ m: a }) });
});

Deno.test("a missing key does not compile", () => {
  // @ts-expect-error result is missing
  defineTesseract({ InputSchema, OutputSchema, apply: () => ({}) });
  // @ts-expect-error stats.count is missing
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: a, stats: {} }) });
  // @ts-expect-error nothing is returned
  defineTesseract({ InputSchema, OutputSchema, apply() {} });
});

Deno.test("an extra key does not compile, however deep", () => {
  // @ts-expect-error extra
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: a, extra: 1 }) });
  // @ts-expect-error stats.extra
  defineTesseract({ InputSchema, OutputSchema, apply: ({ a }) => ({ result: a, stats: { count: 1, extra: 1 } }) });
  defineTesseract({
    InputSchema,
    OutputSchema,
    // @ts-expect-error extra, in a promise
    async apply({ a }) {
      return await Promise.resolve({ result: a, extra: 1 });
    },
  });
  defineTesseract({
    InputSchema,
    OutputSchema: z.object({ list: z.array(z.object({ x: z.number() })) }),
    // @ts-expect-error list[].y
    apply: () => ({ list: [{ x: 1, y: 1 }] }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema: z.looseObject({ x: z.number() }),
    apply: () => ({ x: 1, y: 1 }),
  });
});

Deno.test("unions, enums and records of outputs", () => {
  const Shape = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("disc"), radius: scalar("float64") }),
    z.object({ kind: z.literal("box"), sides: array([3], "float64") }),
  ]);
  const Output = z.object({ shape: Shape, unit: z.enum(["m", "km"]), by: z.record(z.string(), scalar("float64")) });
  defineTesseract({
    InputSchema,
    OutputSchema: Output,
    apply: () => ({ shape: { kind: "box", sides: [1, 2, 3] }, unit: "m", by: { x: 1 } }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema: Output,
    // @ts-expect-error a box has no radius
    apply: () => ({ shape: { kind: "box", radius: 1 }, unit: "m", by: {} }),
  });
  defineTesseract({
    InputSchema,
    OutputSchema: Output,
    // @ts-expect-error no such unit
    apply: () => ({ shape: { kind: "disc", radius: 1 }, unit: "inch", by: {} }),
  });
});

Deno.test("a bare typed array is real: neither bool nor complex", () => {
  const Mask = z.object({ mask: array([null], "bool") });
  defineTesseract({ InputSchema, OutputSchema: Mask, apply: () => ({ mask: [true, false] }) });
  // @ts-expect-error a Uint8Array is uint8
  defineTesseract({ InputSchema, OutputSchema: Mask, apply: () => ({ mask: new Uint8Array(2) }) });
  const Wave = z.object({ wave: array([null], "complex64") });
  defineTesseract({ InputSchema, OutputSchema: Wave, apply: () => ({ wave: [{ re: 0, im: 1 }, 2] }) });
  defineTesseract({
    InputSchema,
    OutputSchema: Wave,
    apply: () => ({ wave: { dtype: "complex64", shape: [1], data: new Float32Array(2) } }),
  });
  // @ts-expect-error a Float32Array is float32
  defineTesseract({ InputSchema, OutputSchema: Wave, apply: () => ({ wave: new Float32Array(2) }) });
});

Deno.test("an array of any shape or dtype takes all that there is", () => {
  const Output = z.object({ any: array(anyShape, "float64"), all: array([null], null) });
  defineTesseract({ InputSchema, OutputSchema: Output, apply: () => ({ any: [[[1]]], all: new Int8Array(1) }) });
  defineTesseract({ InputSchema, OutputSchema: Output, apply: ({ a }) => ({ any: new Float64Array(1), all: a }) });
  // @ts-expect-error float32 for float64
  defineTesseract({ InputSchema, OutputSchema: Output, apply: ({ a }) => ({ any: a, all: a }) });
});

Deno.test("a misspelt function does not compile", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply: ({ a }) => ({ result: a }),
    // @ts-expect-error it is called jacobianVectorProduct
    jacobian_vector_product: () => ({}),
  });
  // @ts-expect-error apply is missing
  defineTesseract({ InputSchema, OutputSchema });
  // @ts-expect-error the schema must be of an object
  defineTesseract({ InputSchema: z.array(z.number()), OutputSchema, apply: () => ({ result: [1] }) });
});
