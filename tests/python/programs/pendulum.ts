/** A damped pendulum by the classical Runge–Kutta method: closures, lists, destructuring. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

type State = readonly [number, number];

const add = ([a, b]: State, [c, d]: State, h: number): State => [a + h * c, b + h * d];

export default defineTesseract({
  InputSchema: z.object({
    start: differentiable(array([2], "float64")),
    gravity: differentiable(scalar("float64")),
    damping: differentiable(scalar("float64")),
    steps: z.int(),
  }),
  OutputSchema: z.object({
    end: differentiable(array([2], "float64")),
    angles: differentiable(array([null], "float64")),
  }),
  derivatives: "auto",

  apply({ start, gravity, damping, steps }) {
    const slope = ([angle, speed]: State): State => [speed, -gravity * Math.sin(angle) - damping * speed];
    let state: State = [start.data[0]!, start.data[1]!];
    const angles = new Float64Array(steps);
    const h = 0.02;
    for (let step = 0; step < steps; step++) {
      const k1 = slope(state);
      const k2 = slope(add(state, k1, h / 2));
      const k3 = slope(add(state, k2, h / 2));
      const k4 = slope(add(state, k3, h));
      state = [0, 1].map((i) => state[i]! + h / 6 * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!)) as unknown as State;
      angles[step] = state[0];
    }
    return { end: [...state], angles };
  },
});
