/** As an author would write it who has read the README: a network of springs with its energy and the forces in it. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

type Vector = [number, number, number];

class Spring {
  constructor(readonly from: number, readonly to: number, readonly stiffness: number, readonly rest: number) {}

  /** Along the spring from its first end to its second: how far it is stretched, and in which direction. */
  stretch(ends: readonly Vector[]): { stretch: number; direction: Vector } {
    const [p, q] = [ends[this.from]!, ends[this.to]!];
    const [x, y, z] = [q[0] - p[0], q[1] - p[1], q[2] - p[2]];
    const length = Math.hypot(x, y, z);
    return { stretch: length - this.rest, direction: [x / length, y / length, z / length] };
  }
}

export default defineTesseract({
  description: "A network of springs: its energy, and the forces on its nodes.",

  InputSchema: z.object({
    positions: differentiable(array(["nodes", 3], "float64")).describe("Of the nodes, in m."),
    springs: z.array(z.object({
      nodes: z.tuple([z.int().min(0), z.int().min(0)]),
      stiffness: differentiable(scalar("float64")).describe("In N/m."),
      rest: differentiable(scalar("float64")).describe("Length without force, in m.").optional(),
    })),
    gravity: differentiable(array([3], "float64")).describe("Force on each node, in N.").prefault([0, 0, -1]),
  }),

  OutputSchema: z.object({
    energy: differentiable(scalar("float64")).describe("In J."),
    forces: differentiable(array(["nodes", 3], "float64")).describe("On each node, in N."),
    longest: differentiable(scalar("float64")).describe("The largest strain of a spring, in m."),
  }),

  derivatives: "auto",

  apply({ positions, springs, gravity }) {
    const g: Vector = [gravity.data[0]!, gravity.data[1]!, gravity.data[2]!];
    const ends = Array.from({ length: positions.shape[0] }, (_, i): Vector => {
      const at = 3 * i;
      return [positions.data[at]!, positions.data[at + 1]!, positions.data[at + 2]!];
    });
    const network = springs.map(({ nodes: [from, to], stiffness, rest }) => new Spring(from, to, stiffness, rest ?? 1));
    const forces = ends.map((): Vector => [...g]);
    let energy = -ends.reduce((sum, [x, y, z]) => sum + g[0] * x + g[1] * y + g[2] * z, 0);
    let longest = -Infinity;
    for (const spring of network) {
      const { stretch, direction } = spring.stretch(ends);
      energy += spring.stiffness * stretch ** 2 / 2;
      longest = Math.max(longest, stretch);
      direction.forEach((along, axis) => {
        forces[spring.from]![axis]! += spring.stiffness * stretch * along;
        forces[spring.to]![axis]! -= spring.stiffness * stretch * along;
      });
    }
    return { energy, forces, longest };
  },
});
