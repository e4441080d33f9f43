import { array, customDerivative, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

type Compute = (points: number, triangles: number, count: number, results: number) => void;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly computeAreas: Compute;
  readonly computeSlopes: Compute;
}

const module = new WebAssembly.Module(Deno.readFileSync(new URL("./areas.wasm", import.meta.url)));
const { memory, heapBase, computeAreas, computeSlopes } = new WebAssembly.Instance(module)
  .exports as unknown as Exports;

const PAGE = 65_536;

/** Calls a function of the module, which computes so many numbers for each triangle. */
function compute(f: Compute, points: Float64Array, triangles: Int32Array, numbers: number): Float64Array {
  const count = triangles.length / 3;
  // The arrays lie one behind the other in the memory of the module, each at a multiple of 8.
  const pointsAt = Math.ceil(heapBase() / 8) * 8;
  const resultsAt = pointsAt + points.byteLength;
  const trianglesAt = resultsAt + 8 * numbers * count;
  const missing = trianglesAt + triangles.byteLength - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  new Float64Array(memory.buffer, pointsAt).set(points);
  new Int32Array(memory.buffer, trianglesAt).set(triangles);
  f(pointsAt, trianglesAt, count, resultsAt);
  // A copy: the next call overwrites the memory.
  return new Float64Array(memory.buffer, resultsAt, numbers * count).slice();
}

/** Calls `visit` for each slope: of the area of a triangle, by an element of points. */
function slopes(points: Float64Array, triangles: Int32Array, visit: (slope: number, of: number, by: number) => void) {
  compute(computeSlopes, points, triangles, 9).forEach((slope, i) => {
    visit(slope, Math.floor(i / 9), 3 * triangles[Math.floor(i / 3)]! + i % 3);
  });
}

/** What is computed in WebAssembly cannot be followed, so it comes with its derivative, in both directions. */
const areasOf = customDerivative(
  (points: Float64Array, triangles: Int32Array) => compute(computeAreas, points, triangles, 1),
  {
    jvp([points, triangles], [tangent], areas) {
      const change = new Float64Array(areas.length);
      slopes(points, triangles, (slope, of, by) => change[of]! += slope * tangent[by]!);
      return change;
    },
    vjp([points, triangles], cotangent) {
      const change = new Float64Array(points.length);
      slopes(points, triangles, (slope, of, by) => change[by]! += slope * cotangent[of]!);
      return [change, null];
    },
  },
);

export default defineTesseract({
  description: "The areas of the triangles of a mesh, computed in WebAssembly.",

  InputSchema: z.object({
    points: differentiable(array([null, 3], "float64")).describe("The corners of the triangles, in m."),
    triangles: array(["triangles", 3], "int32").describe("Three indices of points for each triangle."),
  }).refine(({ points, triangles }) => triangles.data.every((i) => i >= 0 && i < points.shape[0]), {
    message: "triangles must be indices of points",
  }),

  OutputSchema: z.object({
    areas: differentiable(array(["triangles"], "float64")).describe("The area of each triangle, in m²."),
    total: differentiable(scalar("float64")).describe("The area of the mesh, in m²."),
  }),

  derivatives: "auto",

  apply({ points, triangles }) {
    const areas = areasOf(points.data, triangles.data);
    return { areas, total: areas.reduce((sum, area) => sum + area, 0) };
  },
});
