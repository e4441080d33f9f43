/** The positive numbers of a list: how many there are is known only when it was computed. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

const list = () => differentiable(array([null], "float64"));

export default defineTesseract({
  InputSchema: z.object({ x: list() }),
  OutputSchema: z.object({ y: list() }),
  apply: ({ x }) => ({ y: x.data.filter((number) => number > 0) }),
  vectorJacobianProduct({ x }, _inputs, _outputs, { y }) {
    let at = 0;
    return { x: x.data.map((number) => number > 0 ? y!.data[at++]! : 0) };
  },
});
