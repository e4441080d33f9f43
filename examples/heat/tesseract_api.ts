import { array, defineTesseract, differentiable, like, z } from "@tesseract/runtime";

const field = () => differentiable(array(["rows", "columns"], "float64"));

/**
 * Heat conduction on a grid of square cells with insulated edges, by explicit Euler steps of finite volumes:
 *
 *     T' = T + c·Σ κ(T_neighbour − T) + Δt·q,   c = Δt/h²,   κ = (k + k_neighbour)/2 at the face between two cells
 *
 * (S. V. Patankar, Numerical Heat Transfer and Fluid Flow, 1980, chapter 4).
 */
export default defineTesseract({
  description: "Conducts heat through an insulated plate whose conductivity varies from place to place.",

  InputSchema: z.object({
    temperature: field().describe("Temperature at the start, in K, on a grid of square cells."),
    conductivity: field().describe("Thermal diffusivity of each cell, in m²/s."),
    source: field().describe("Heating of each cell, in K/s."),
    spacing: z.number().positive().describe("Width of a cell, in m.").default(1),
    dt: z.number().positive().describe("Length of a step, in s.").default(0.1),
    steps: z.int().min(0).max(100_000).describe("How many steps.").default(10),
  }),

  OutputSchema: z.object({ temperature: field().describe("Temperature at the end, in K.") }),

  derivatives: "auto",

  apply({ temperature, conductivity: { data: k }, source: { data: q }, spacing, dt, steps }) {
    const [rows, columns] = temperature.shape;
    const c = dt / spacing ** 2;
    let now = temperature.data;
    for (let step = 0; step < steps; step++) {
      const next = new Float64Array(now.length);
      for (let i = 0; i < next.length; i++) next[i] = now[i]! + dt * q[i]!;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const here = row * columns + column, right = here + 1, below = here + columns;
          if (column + 1 < columns) {
            const flow = c * 0.5 * (k[here]! + k[right]!) * (now[right]! - now[here]!);
            next[here]! += flow;
            next[right]! -= flow;
          }
          if (row + 1 < rows) {
            const flow = c * 0.5 * (k[here]! + k[below]!) * (now[below]! - now[here]!);
            next[here]! += flow;
            next[below]! -= flow;
          }
        }
      }
      now = next;
    }
    return { temperature: like(temperature, now) };
  },
});
