import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
import { connect } from "@tesseract/runtime/client";
import type { LinearSolver } from "./solver/types.ts";

/** The solver, a Tesseract in Python (solver/tesseract_api.py), wherever it is served. */
const solver = connect<LinearSolver>(Deno.env.get("SOLVER_URL") ?? "http://127.0.0.1:8002");

/**
 * A chain of springs that hangs from a ceiling, with a load at each joint. Equilibrium is K·u = f with the matrix K of
 * the springs, which another Tesseract solves, in NumPy. The derivatives go through it by its own.
 */
export default defineTesseract({
  description: "A chain of springs under loads: displacements and compliance.",

  InputSchema: z.object({
    stiffness: differentiable(array(["n"], "float64")).describe("Of each spring, from the ceiling down, in N/m."),
    load: differentiable(array(["n"], "float64")).describe("At the lower end of each spring, in N."),
  }),

  OutputSchema: z.object({
    displacement: differentiable(array(["n"], "float64")).describe("Of the lower end of each spring, in m."),
    compliance: differentiable(scalar("float64")).describe("The work of the loads, f·u, in J."),
  }),

  derivatives: "auto",

  async apply({ stiffness, load }, { signal, runId }) {
    const n = load.shape[0];
    const data = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const k = stiffness.data[i]!;
      data[i * n + i]! += k;
      if (i === 0) continue;
      data[(i - 1) * n + i - 1]! += k;
      data[(i - 1) * n + i]! -= k;
      data[i * n + i - 1]! -= k;
    }
    const matrix = { dtype: "float64", shape: [n, n], data } as const;
    const { solution } = await solver.apply({ matrix, right: load }, { signal, runId });
    let compliance = 0;
    for (let i = 0; i < n; i++) compliance += load.data[i]! * solution.data[i]!;
    return { displacement: solution, compliance };
  },
});
