/** float32 all through: every store rounds. */
import { array, defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";

export default defineTesseract({
  InputSchema: z.object({
    u: differentiable(array([null], "float32")),
    rate: differentiable(scalar("float32")),
  }),
  OutputSchema: z.object({ u: differentiable(array([null], "float32")) }),
  derivatives: "auto",

  apply({ u, rate }) {
    let now = u.data;
    for (let step = 0; step < 20; step++) {
      const next = new Float32Array(now.length);
      for (let i = 0; i < now.length; i++) {
        const left = now[(i + now.length - 1) % now.length]!, right = now[(i + 1) % now.length]!;
        next[i] = now[i]! + rate * (left - 2 * now[i]! + right) + 0.01 * now[i]! * (1 - now[i]!);
      }
      now = next;
    }
    return { u: now };
  },
});
