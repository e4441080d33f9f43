import { array, customDerivative, defineTesseract, differentiable, z } from "@tesseract/runtime";

const TOLERANCE = 1e-14;

/** Calls `visit(i, j)` for every face of a cell: i and j are its two cells, j is −1 outside. */
function faces(rows: number, columns: number, visit: (i: number, j: number) => void): void {
  for (let i = 0; i < rows * columns; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    if (row === 0) visit(i, -1);
    if (column === 0) visit(i, -1);
    visit(i, row + 1 < rows ? i + columns : -1);
    visit(i, column + 1 < columns ? i + 1 : -1);
  }
}

/** A(k)·u: what flows out of every cell. It is linear in k, and A is symmetric and positive. */
function outflow(rows: number, columns: number, k: Float64Array, u: Float64Array): Float64Array {
  const out = new Float64Array(u.length);
  faces(rows, columns, (i, j) => {
    const flow = (k[i]! + (k[j] ?? k[i]!)) / 2 * (u[i]! - (u[j] ?? 0));
    out[i]! += flow;
    if (j >= 0) out[j]! -= flow;
  });
  return out;
}

/** The derivative of wᵀ·A(k)·u by k. */
function outflowByK(rows: number, columns: number, u: Float64Array, w: Float64Array): Float64Array {
  const slopes = new Float64Array(u.length);
  faces(rows, columns, (i, j) => {
    const slope = (u[i]! - (u[j] ?? 0)) * (w[i]! - (w[j] ?? 0)) / 2;
    slopes[i]! += slope;
    slopes[j < 0 ? i : j]! += slope;
  });
  return slopes;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The u with A(k)·u = f, by conjugate gradients (M. R. Hestenes, E. Stiefel, J. Res. NBS 49 (1952), 409–436). */
function conjugateGradients(rows: number, columns: number, k: Float64Array, f: Float64Array): Float64Array {
  const u = new Float64Array(f.length), residual = f.slice(), direction = f.slice();
  let size = dot(residual, residual);
  const enough = TOLERANCE ** 2 * size;
  for (let n = 0; size > enough && n < 10 * f.length; n++) {
    const out = outflow(rows, columns, k, direction);
    const step = size / dot(direction, out);
    for (let i = 0; i < u.length; i++) {
      u[i]! += step * direction[i]!;
      residual[i]! -= step * out[i]!;
    }
    const next = dot(residual, residual);
    for (let i = 0; i < u.length; i++) direction[i] = residual[i]! + next / size * direction[i]!;
    size = next;
  }
  return u;
}

/**
 * By the implicit function theorem the derivatives are a solution of the same equations, whatever it took to find u:
 * from A(k)·u = f follow A(k)·du = df − A(dk)·u, and backwards, as A is symmetric, A(k)·λ = ū, f̄ = λ, k̄ = −∂(λᵀ·A(k)·u)/∂k.
 */
const solve = customDerivative(conjugateGradients, {
  jvp([rows, columns, k], [, , dk, df], u) {
    const change = outflow(rows, columns, dk, u);
    return conjugateGradients(rows, columns, k, df.map((x, i) => x - change[i]!));
  },
  vjp([rows, columns, k], cotangent, u) {
    const lambda = conjugateGradients(rows, columns, k, cotangent);
    return [0, 0, outflowByK(rows, columns, u, lambda).map((x) => -x), lambda];
  },
});

const field = () => differentiable(array(["rows", "columns"], "float64"));

export default defineTesseract({
  description: "The temperature of a heated plate whose edges are kept at 0: Poisson's equation −∇·(k ∇u) = q.",

  InputSchema: z.object({
    conductivity: field().describe("Of each cell of a grid, in W/K."),
    heating: field().describe("Of each cell, in W."),
  }),

  OutputSchema: z.object({ temperature: field().describe("Of each cell, in K.") }),

  derivatives: "auto",

  apply({ conductivity, heating }) {
    const [rows, columns] = heating.shape;
    return { temperature: { ...heating, data: solve(rows, columns, conductivity.data, heating.data) } };
  },
});
