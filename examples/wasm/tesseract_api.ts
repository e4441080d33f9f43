import { array, defineTesseract, scalar, z } from "@tesseract/runtime";

interface Exports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  computeAreas(points: number, triangles: number, count: number, areas: number): void;
}

const module = new WebAssembly.Module(Deno.readFileSync(new URL("./areas.wasm", import.meta.url)));
const { memory, heapBase, computeAreas } = new WebAssembly.Instance(module).exports as unknown as Exports;

const PAGE = 65_536;

export default defineTesseract({
  description: "The areas of the triangles of a mesh, computed in WebAssembly.",

  InputSchema: z.object({
    points: array([null, 3], "float64").describe("The corners of the triangles, in m."),
    triangles: array([null, 3], "int32").describe("Three indices of points for each triangle."),
  }).refine(({ points, triangles }) => triangles.data.every((i) => i >= 0 && i < points.shape[0]), {
    message: "triangles must be indices of points",
  }),

  OutputSchema: z.object({
    areas: array([null], "float64").describe("The area of each triangle, in m²."),
    total: scalar("float64").describe("The area of the mesh, in m²."),
  }),

  apply({ points, triangles }) {
    const count = triangles.shape[0];
    // The arrays lie one behind the other in the memory of the module, each at a multiple of 8.
    const pointsAt = Math.ceil(heapBase() / 8) * 8;
    const areasAt = pointsAt + points.data.byteLength;
    const trianglesAt = areasAt + 8 * count;
    const missing = trianglesAt + triangles.data.byteLength - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    new Float64Array(memory.buffer, pointsAt).set(points.data);
    new Int32Array(memory.buffer, trianglesAt).set(triangles.data);
    computeAreas(pointsAt, trianglesAt, count, areasAt);
    // A copy: the next call overwrites the memory.
    const areas = new Float64Array(memory.buffer, areasAt, count).slice();
    return { areas, total: areas.reduce((sum, area) => sum + area, 0) };
  },

  abstractEval({ triangles }) {
    return { areas: { shape: [triangles.shape[0]], dtype: "float64" }, total: { shape: [], dtype: "float64" } };
  },
});
