import {
  array,
  defineTesseract,
  differentiable,
  type Inputs,
  jacobianFromJvp,
  like,
  type NdArray,
  z,
} from "@tesseract/runtime";
import { backward, type Fields, forward, type Grid, history } from "./conduction.ts";

const field = () => differentiable(array([null, null], "float64"));

const InputSchema = z.object({
  temperature: field().describe("Temperature at the start, in K, on a grid of square cells."),
  conductivity: field().describe("Thermal diffusivity of each cell, in m²/s."),
  source: field().describe("Heating of each cell, in K/s."),
  spacing: z.number().positive().describe("Width of a cell, in m.").default(1),
  dt: z.number().positive().describe("Length of a step, in s.").default(0.1),
  steps: z.int().min(0).max(100_000).describe("How many steps.").default(10),
}).refine(
  ({ temperature, conductivity, source }) =>
    [conductivity, source].every(({ shape }) => shape.every((size, i) => size === temperature.shape[i])),
  {
    message: "temperature, conductivity and source must have the same shape",
  },
);

type Plate = Inputs<typeof InputSchema>;
type Field = NdArray<"float64", [null, null]>;

function gridOf({ temperature, spacing, dt, steps }: Plate): Grid {
  const [rows, columns] = temperature.shape;
  return { rows, columns, c: dt / spacing ** 2, dt, steps };
}

/** The numbers of some fields; zero for those that are not there. */
function fieldsOf(fields: Partial<Record<keyof Fields, Field>>, size: number): Fields {
  const numbers = (name: keyof Fields) => fields[name]?.data ?? new Float64Array(size);
  return { temperature: numbers("temperature"), conductivity: numbers("conductivity"), source: numbers("source") };
}

const sizeOf = ({ temperature }: Plate): number => temperature.data.length;

function jacobianVectorProduct(
  plate: Plate,
  _jvpInputs: ReadonlySet<keyof Fields>,
  _jvpOutputs: ReadonlySet<"temperature">,
  tangents: Partial<Record<keyof Fields, Field>>,
) {
  const size = sizeOf(plate);
  return {
    temperature: like(plate.temperature, forward(gridOf(plate), fieldsOf(plate, size), fieldsOf(tangents, size))),
  };
}

export default defineTesseract({
  description: "Conducts heat through an insulated plate whose conductivity varies from place to place.",
  InputSchema,
  OutputSchema: z.object({ temperature: field().describe("Temperature at the end, in K.") }),

  apply(plate) {
    return { temperature: like(plate.temperature, history(gridOf(plate), fieldsOf(plate, sizeOf(plate))).at(-1)!) };
  },

  jacobianVectorProduct,

  jacobian: jacobianFromJvp(jacobianVectorProduct),

  vectorJacobianProduct(plate, vjpInputs, _vjpOutputs, { temperature: cotangent }) {
    const products = backward(gridOf(plate), fieldsOf(plate, sizeOf(plate)), cotangent!.data);
    return Object.fromEntries([...vjpInputs].map((path) => [path, like(plate.temperature, products[path])]));
  },

  abstractEval({ temperature }) {
    return { temperature };
  },
});
