import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

const GRAVITY = 9.81;

/**
 * A pendulum that friction brakes, x″ = −g/l·sin x − d·x′, by the classical Runge–Kutta method (E. Hairer,
 * S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, 1993, section II.1).
 */
export default defineTesseract({
  description: "The angles of a pendulum at given times.",

  InputSchema: z.object({
    angle: differentiable(scalar("float64")).describe("At the start, in rad."),
    speed: differentiable(scalar("float64")).describe("At the start, in rad/s.").default(0),
    length: differentiable(scalar("float64")).describe("In m.").default(1),
    damping: differentiable(scalar("float64")).describe("Deceleration over speed, in 1/s.").default(0),
    times: array(["n"], "float64").describe("When the angle is asked for, in s, ascending."),
    steps: z.int().min(1).max(100_000).describe("How many steps from one time to the next.").default(100),
  }),

  OutputSchema: z.object({
    angles: differentiable(array(["n"], "float64")).describe("At each of the times, in rad."),
  }),

  derivatives: "auto",

  apply({ angle, speed, length, damping, times, steps }) {
    const acceleration = (x: number, v: number) => -GRAVITY / length * Math.sin(x) - damping * v;
    const angles = new Float64Array(times.data.length);
    let [x, v, now] = [angle, speed, 0];
    for (let k = 0; k < times.data.length; k++) {
      const time = times.data[k]!;
      const h = (time - now) / steps;
      for (let step = 0; step < steps; step++) {
        const v1 = v, a1 = acceleration(x, v1);
        const v2 = v + h / 2 * a1, a2 = acceleration(x + h / 2 * v1, v2);
        const v3 = v + h / 2 * a2, a3 = acceleration(x + h / 2 * v2, v3);
        const v4 = v + h * a3, a4 = acceleration(x + h * v3, v4);
        x += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4);
        v += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4);
      }
      angles[k] = x;
      now = time;
    }
    return { angles };
  },
});
