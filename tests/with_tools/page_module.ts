/** One field of each kind that the page has; the outputs are the inputs. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const point = z.object({ kind: z.literal("point"), at: z.number() });
const range = z.object({ kind: z.literal("range"), from: z.number(), to: z.number() });

const fields = z.object({
  number: z.number().describe("Any number."),
  bounded: z.number().min(0).max(10).describe("From 0 to 10."),
  whole: z.int().min(1),
  choice: z.enum(["red", "green"]),
  flag: z.boolean(),
  text: z.string(),
  note: z.string().nullable(),
  optional: z.number().optional(),
  list: z.array(z.number()),
  record: z.record(z.string(), z.number()),
  pair: z.tuple([z.int(), z.string()]),
  union: z.discriminatedUnion("kind", [point, range]),
  scalar: scalar("float64"),
  integer: scalar("int64"),
  vector: array([null], "float64"),
  matrix: array([null, null], "float64"),
  cube: array([2, 2, 2], "float32"),
  complex: array([null], "complex128"),
  mask: array([null], "bool"),
  half: array([null], "float16"),
  anything: array(null, null),
});

const example = {
  number: 1,
  bounded: 5,
  whole: 3,
  choice: "red",
  flag: false,
  text: "some",
  note: null,
  list: [1, 2],
  record: { a: 1 },
  pair: [1, "one"],
  union: { kind: "point", at: 1 },
  scalar: 2,
  integer: 7,
  vector: [1, 2, 3],
  matrix: [[1, 2], [3, 4]],
  cube: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
  complex: ["1+2j", 3],
  mask: [true, false],
  half: [0.5, 65504],
  anything: [1, 2],
};

export default defineTesseract({
  description: "Returns what it is given.",
  InputSchema: z.object({ ...fields.shape, x: differentiable(scalar("float64")) })
    .meta({ examples: [{ ...example, x: 1 }] }),
  OutputSchema: fields.extend({ square: differentiable(scalar("float64")) }),
  apply: ({ x, ...others }) => ({ ...others, square: x * x }) as never,
  vectorJacobianProduct: ({ x }, _inputs, _outputs, { square }) => ({ x: 2 * x * square!.data[0]! }),
});
