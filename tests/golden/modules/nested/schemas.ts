import { array, differentiable, scalar, z } from "@tesseract/runtime";

const Layer = z.object({
  name: z.string().min(1).max(12).describe("Name of the layer."),
  weight: differentiable(array([null, null], "float64")).describe("Matrix of rows = outputs, columns = inputs."),
  bias: differentiable(array([null], "float64")).describe("Added after."),
  activation: z.literal(["linear", "square"]).describe("Applied elementwise to the sum.").default("linear"),
}).meta({ id: "Layer" });

const ConstantSource = z.object({
  kind: z.literal("constant"),
  value: z.number().describe("The value everywhere."),
}).meta({ id: "ConstantSource" });

const RampSource = z.object({
  kind: z.literal("ramp"),
  start: z.number().describe("Value at index 0."),
  step: z.number().describe("Increase from one index to the next."),
}).meta({ id: "RampSource" });

const Speed = z.enum(["fast", "exact"]).meta({ id: "Speed" });

const Final = z.object({
  value: differentiable(array([null], "float64")).describe("Final vector."),
  norm: differentiable(scalar("float64")).describe("Its Euclidean norm."),
}).meta({ id: "Final" });

const Summary = z.object({
  names: z.array(z.string()),
  label: z.union([z.int(), z.string()]),
  speed: Speed,
  level: z.literal([1, 2, 3]),
  count: z.int(),
  ratio: z.number(),
  flag: z.boolean(),
  note: z.string().nullable().default(null),
  pair: z.tuple([z.int(), z.string()]),
  sums: z.record(z.string(), z.number()),
}).meta({ id: "Summary" });

export const InputSchema = z.object({
  x: differentiable(array([null], "float64")).describe("Input vector."),
  layers: z.array(Layer).min(1).describe("Layers, applied in order."),
  params: z.record(z.string(), differentiable(scalar("float64")))
    .describe("Named scalars; 'rate' scales the last layer's output."),
  tables: z.record(z.string(), array([null], "float32")).describe("Named vectors, summed one by one.").default({}),
  span: z.tuple([differentiable(array([2], "float32")), differentiable(array([2], "float32"))])
    .describe("Two corner points."),
  pair: z.tuple([z.int(), z.string()]).describe("A number and its name.").default([0, "zero"]),
  offset: differentiable(array([null], "float64")).nullable().describe("Added to the final value if given.")
    .default(null),
  source: z.discriminatedUnion("kind", [ConstantSource, RampSource]).describe("A term added to the final value."),
  label: z.union([z.int(), z.string()]).describe("A number or a text.").default("none"),
  speed: Speed.describe("How to run.").default("fast"),
  level: z.literal([1, 2, 3]).describe("A level.").default(1),
  count: z.int().min(0).max(10).describe("Between 0 and 10.").default(0),
  ratio: z.number().gt(0).lt(1).describe("Strictly between 0 and 1.").default(0.5),
  flag: z.boolean().describe("A switch.").default(false),
  note: z.string().nullable().describe("A remark.").default(null),
  ids: array([null], "int64").describe("Identifiers."),
  spectrum: array([null], "complex128").describe("Complex amplitudes."),
  mask: array([null], "bool").describe("A mask."),
  half: array([2, null], "float16").describe("Two rows of float16."),
});

export const OutputSchema = z.object({
  activations: z.array(differentiable(array([null], "float64"))).describe("Output of every layer."),
  final: Final.describe("The last layer's output, scaled and shifted."),
  doubled: z.record(z.string(), differentiable(scalar("float64"))).describe("Every parameter times two."),
  middle: differentiable(array([2], "float32")).describe("Centre of span."),
  ids: array([null], "int64").describe("ids plus one."),
  spectrum: array([null], "complex128").describe("Complex conjugate."),
  mask: array([null], "bool").describe("Negated mask."),
  half: array([2, null], "float16").describe("half times two."),
  summary: Summary.describe("All that is not an array."),
});
