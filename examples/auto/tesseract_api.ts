import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const GRAVITY = 9.81;

export default defineTesseract({
  description: "Where a ball is after some time in the air, which brakes it by the square of its speed.",

  InputSchema: z.object({
    velocity: differentiable(array([2], "float64")).describe("Velocity at the start, forward and up, in m/s."),
    drag: differentiable(scalar("float64")).describe("Deceleration over speed squared, in 1/m.").default(0.01),
    time: differentiable(scalar("float64")).describe("How long it flies, in s.").default(1),
    steps: z.int().min(1).describe("How many steps of the midpoint rule.").default(100),
  }),

  OutputSchema: z.object({
    position: differentiable(array([2], "float64")).describe("Where it is then, forward and up from the start, in m."),
    speed: differentiable(scalar("float64")).describe("How fast it is then, in m/s."),
  }),

  // All derivatives, and abstractEval, from the code of apply.
  derivatives: "auto",

  apply({ velocity, drag, time, steps }) {
    const dt = time / steps;
    let [x, y] = [0, 0];
    let [u, v] = [velocity.data[0]!, velocity.data[1]!];
    for (let step = 0; step < steps; step++) {
      const brake = drag * Math.hypot(u, v);
      // Halfway through the step.
      const um = u - dt / 2 * brake * u;
      const vm = v - dt / 2 * (brake * v + GRAVITY);
      const brakeThere = drag * Math.hypot(um, vm);
      x += dt * um;
      y += dt * vm;
      u -= dt * brakeThere * um;
      v -= dt * (brakeThere * vm + GRAVITY);
    }
    return { position: [x, y], speed: Math.hypot(u, v) };
  },
});
