import { array, defineTesseract, differentiable, jacobianFromJvp, z } from "@tesseract/runtime";
import { backward, type Fields, forward, type Grid, history } from "./conduction.ts";

const field = () => differentiable(array([null, null], "float64"));

interface Inputs extends Record<keyof Fields, { shape: readonly number[]; data: Float64Array }> {
  spacing: number;
  dt: number;
  steps: number;
}

function gridOf({ temperature, spacing, dt, steps }: Inputs): Grid {
  const [rows, columns] = temperature.shape as [number, number];
  return { rows, columns, c: dt / spacing ** 2, dt, steps };
}

const fieldsOf = ({ temperature, conductivity, source }: Inputs): Fields => ({
  temperature: temperature.data,
  conductivity: conductivity.data,
  source: source.data,
});

const sameShape = (a: { shape: readonly number[] }, b: { shape: readonly number[] }) =>
  a.shape[0] === b.shape[0] && a.shape[1] === b.shape[1];

const changeOf = (inputs: Inputs, tangents: Partial<Record<keyof Fields, { data: Float64Array }>>): Fields => {
  const zero = () => new Float64Array(inputs.temperature.data.length);
  return {
    temperature: tangents.temperature?.data ?? zero(),
    conductivity: tangents.conductivity?.data ?? zero(),
    source: tangents.source?.data ?? zero(),
  };
};

const tesseract = defineTesseract({
  description: "Conducts heat through an insulated plate whose conductivity varies from place to place.",

  InputSchema: z.object({
    temperature: field().describe("Temperature at the start, in K, on a grid of square cells."),
    conductivity: field().describe("Thermal diffusivity of each cell, in m²/s."),
    source: field().describe("Heating of each cell, in K/s."),
    spacing: z.number().positive().describe("Width of a cell, in m.").default(1),
    dt: z.number().positive().describe("Length of a step, in s.").default(0.1),
    steps: z.int().min(0).max(100_000).describe("How many steps.").default(10),
  })
    .refine(({ temperature, conductivity, source }) =>
      sameShape(temperature, conductivity) && sameShape(temperature, source), "all fields must have the same shape"),

  OutputSchema: z.object({
    temperature: field().describe("Temperature at the end, in K."),
  }),

  apply(inputs) {
    const { shape } = inputs.temperature;
    return { temperature: { dtype: "float64", shape, data: history(gridOf(inputs), fieldsOf(inputs)).at(-1)! } };
  },

  jacobianVectorProduct(inputs, _jvpInputs, _jvpOutputs, tangents) {
    const { shape } = inputs.temperature;
    const data = forward(gridOf(inputs), fieldsOf(inputs), changeOf(inputs, tangents));
    return { temperature: { dtype: "float64", shape, data } };
  },

  vectorJacobianProduct(inputs, vjpInputs, _vjpOutputs, cotangents) {
    const { shape } = inputs.temperature;
    const all = backward(gridOf(inputs), fieldsOf(inputs), cotangents.temperature!.data);
    return Object.fromEntries([...vjpInputs].map((path) => [path, { dtype: "float64", shape, data: all[path] }]));
  },

  abstractEval({ temperature }) {
    return { temperature };
  },
});
