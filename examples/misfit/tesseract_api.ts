import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
import { connect } from "@tesseract/runtime/client";
import type heatModule from "../heat/tesseract_api.ts";

/** The Tesseract of examples/heat, wherever it is served. */
const heat = connect<typeof heatModule>(Deno.env.get("HEAT_URL") ?? "http://127.0.0.1:8001");

const field = () => differentiable(array([null, null], "float64"));

/**
 * How far a plate that conducts heat is from measured temperatures: the sum of squares that a fit of the conductivity
 * makes small. The derivatives go through the plate by the derivatives of its own Tesseract.
 */
export default defineTesseract({
  description: "The misfit between the temperatures of a plate, computed by another Tesseract, and measured ones.",

  InputSchema: z.object({
    conductivity: field().describe("Thermal diffusivity of each cell, in m²/s."),
    temperature: field().describe("Temperature at the start, in K."),
    measured: array([null, null], "float64").describe("Temperature at the end, in K."),
    steps: z.int().min(0).max(100_000).describe("How many steps of 0.1 s.").default(10),
  }),

  OutputSchema: z.object({
    misfit: differentiable(scalar("float64")).describe("Half the sum of the squared differences, in K²."),
  }),

  derivatives: "auto",

  async apply({ conductivity, temperature, measured, steps }, { signal, runId }) {
    const source = { ...measured, data: new Float64Array(measured.data.length) };
    const { temperature: end } = await heat.apply({ temperature, conductivity, source, steps }, { signal, runId });
    let misfit = 0;
    for (let i = 0; i < measured.data.length; i++) misfit += (end.data[i]! - measured.data[i]!) ** 2 / 2;
    return { misfit };
  },
});
