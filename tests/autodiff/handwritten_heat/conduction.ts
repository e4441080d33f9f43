/**
 * Heat conduction on a grid of square cells with insulated edges, by explicit Euler steps of finite volumes:
 *
 *     T' = T + c·Σ κ(T_neighbour − T) + Δt·q,   c = Δt/h²,   κ = (k + k_neighbour)/2 at the face between two cells
 *
 * (S. V. Patankar, Numerical Heat Transfer and Fluid Flow, 1980, chapter 4), and its exact derivatives.
 * All fields are in C order, `rows` by `columns`.
 */

/** A problem: `c` = Δt/h² in s/m², `dt` in s. */
export interface Grid {
  rows: number;
  columns: number;
  c: number;
  dt: number;
  steps: number;
}

/** Temperature in K, conductivity (divided by density and heat capacity) in m²/s, source in K/s. */
export interface Fields {
  temperature: Float64Array;
  conductivity: Float64Array;
  source: Float64Array;
}

/** Calls `visit(i, j)` for every pair of cells with a face between them. */
function faces({ rows, columns }: Grid, visit: (i: number, j: number) => void): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = row * columns + column;
      if (column + 1 < columns) visit(i, i + 1);
      if (row + 1 < rows) visit(i, i + columns);
    }
  }
}

/** One step. */
function step(grid: Grid, t: Float64Array, k: Float64Array, q: Float64Array): Float64Array {
  const next = t.map((x, i) => x + grid.dt * q[i]!);
  faces(grid, (i, j) => {
    const flow = grid.c * 0.5 * (k[i]! + k[j]!) * (t[j]! - t[i]!);
    next[i]! += flow;
    next[j]! -= flow;
  });
  return next;
}

/** The temperatures before every step and after the last. */
export function history(grid: Grid, { temperature, conductivity, source }: Fields): Float64Array[] {
  const states = [temperature];
  for (let n = 0; n < grid.steps; n++) states.push(step(grid, states[n]!, conductivity, source));
  return states;
}

/** The change of the last temperature, for a change of the fields: the steps, differentiated one by one. */
export function forward(grid: Grid, fields: Fields, change: Fields): Float64Array {
  const states = history(grid, fields);
  const { conductivity: k } = fields;
  const { conductivity: dk } = change;
  let dt = change.temperature;
  for (let n = 0; n < grid.steps; n++) {
    const t = states[n]!;
    const next = step(grid, dt, k, change.source);
    faces(grid, (i, j) => {
      const flow = grid.c * 0.5 * (dk[i]! + dk[j]!) * (t[j]! - t[i]!);
      next[i]! += flow;
      next[j]! -= flow;
    });
    dt = next;
  }
  return dt;
}

/** What a change of each field does to ⟨weights, last temperature⟩: the steps backwards, each one transposed. */
export function backward(grid: Grid, fields: Fields, weights: Float64Array): Fields {
  const states = history(grid, fields);
  const { conductivity: k } = fields;
  const conductivity = new Float64Array(k.length);
  const source = new Float64Array(k.length);
  let w = weights;
  for (let n = grid.steps - 1; n >= 0; n--) {
    const t = states[n]!;
    const before = w.slice();
    faces(grid, (i, j) => {
      const difference = w[i]! - w[j]!;
      const flow = grid.c * 0.5 * (k[i]! + k[j]!) * difference;
      before[j]! += flow;
      before[i]! -= flow;
      const slope = grid.c * 0.5 * (t[j]! - t[i]!) * difference;
      conductivity[i]! += slope;
      conductivity[j]! += slope;
    });
    w.forEach((x, i) => source[i]! += grid.dt * x);
    w = before;
  }
  return { temperature: w, conductivity, source };
}
