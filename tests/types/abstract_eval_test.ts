/** The types of abstractEval: checked by the compiler; nothing of it is called. */
import { array, defineTesseract, differentiable, inputPath, scalar, z } from "../../mod.ts";
import { same } from "./equal.ts";

interface Vector {
  readonly shape: readonly [number];
  readonly dtype: "float32";
}
const vector = differentiable(array([null], "float32"));

Deno.test("inputs have {shape, dtype} in the place of arrays", () => {
  defineTesseract({
    InputSchema: z.object({
      a: vector,
      s: scalar("float64").default(1),
      any: array(null, null),
      optional: vector.optional(),
      nullable: vector.nullable(),
      list: z.array(z.object({ x: vector })),
      tuple: z.tuple([vector, z.string()]),
      record: z.record(z.string(), vector),
      mode: z.enum(["fast", "exact"]),
      count: z.int().min(1),
      file: inputPath(),
      union: z.union([vector, z.string()]),
      piped: z.string().transform(Number),
    }),
    OutputSchema: z.object({ result: vector }),
    apply: ({ a }) => ({ result: a }),
    abstractEval(inputs) {
      const a: Vector = inputs.a;
      same<typeof inputs.a.shape, readonly [number]>();
      same<typeof inputs.s, { readonly shape: readonly []; readonly dtype: "float64" } & typeof inputs.s>;
      same<typeof inputs.s.shape, readonly []>();
      same<typeof inputs.any.shape, readonly number[]>();
      const optional: Vector | undefined = inputs.optional;
      const nullable: Vector | null = inputs.nullable;
      const list: { x: Vector }[] = inputs.list;
      const tuple: [Vector, string] = inputs.tuple;
      const record: Record<string, Vector> = inputs.record;
      void [optional, nullable, list, tuple, record];
      same<typeof inputs.mode, "fast" | "exact">();
      same<typeof inputs.count, number>();
      same<typeof inputs.file, string>();
      same<typeof inputs.union, unknown>();
      same<typeof inputs.piped, unknown>();
      // @ts-expect-error there are no data
      inputs.a.data;
      return { result: { shape: a.shape, dtype: "float32" } };
    },
  });
});

Deno.test("outputs have {shape, dtype} in the place of arrays", () => {
  const OutputSchema = z.object({
    result: vector,
    matrix: array([null, 3], "float64").optional(),
    label: z.string().default("none"),
  });
  const apply = () => ({ result: [1] });
  defineTesseract({
    InputSchema: z.object({ a: vector }),
    OutputSchema,
    apply,
    abstractEval: ({ a }) => ({ result: a, matrix: { shape: [a.shape[0], 3], dtype: "float64" } }),
  });
  defineTesseract({
    InputSchema: z.object({ a: vector }),
    OutputSchema,
    apply,
    // @ts-expect-error a wrong dtype
    abstractEval: ({ a }) => ({ result: { shape: a.shape, dtype: "float64" } }),
  });
  defineTesseract({
    InputSchema: z.object({ a: vector }),
    OutputSchema,
    apply,
    // @ts-expect-error a wrong rank
    abstractEval: () => ({ result: { shape: [1, 2], dtype: "float32" } }),
  });
  defineTesseract({
    InputSchema: z.object({ a: vector }),
    OutputSchema,
    apply,
    // @ts-expect-error result is missing
    abstractEval: () => ({}),
  });
  defineTesseract({
    InputSchema: z.object({ a: vector }),
    OutputSchema,
    apply,
    // @ts-expect-error there is no such output
    abstractEval: ({ a }) => ({ result: a, other: a }),
  });
});
