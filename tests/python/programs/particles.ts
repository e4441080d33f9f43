/** The energy of particles and the forces between them, with a neighbour test; positions are records of vectors. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    positions: z.record(z.string(), differentiable(array([3], "float64"))),
    epsilon: differentiable(scalar("float64")).default(1.5),
    cutoff: z.number(),
  }),
  OutputSchema: z.object({
    energy: differentiable(scalar("float64")),
    forces: z.record(z.string(), differentiable(array([3], "float64"))),
  }),
  derivatives: "auto",

  apply({ positions, epsilon, cutoff }) {
    const names = Object.keys(positions);
    const forces: Record<string, Float64Array> = Object.fromEntries(names.map((name) => [name, new Float64Array(3)]));
    let energy = 0;
    for (const [i, a] of names.entries()) {
      for (const b of names.slice(i + 1)) {
        const d = positions[a]!.data.map((value, k) => value - positions[b]!.data[k]!);
        const r2 = d[0]! * d[0]! + d[1]! * d[1]! + d[2]! * d[2]!;
        if (!(Math.sqrt(r2) < cutoff)) continue;
        const s = 1 / r2 ** 3;
        energy += 4 * epsilon * (s * s - s);
        const f = 24 * epsilon * (2 * s * s - s) / r2;
        for (let k = 0; k < 3; k++) {
          forces[a]![k]! += f * d[k]!;
          forces[b]![k]! -= f * d[k]!;
        }
      }
    }
    return { energy, forces };
  },
});
