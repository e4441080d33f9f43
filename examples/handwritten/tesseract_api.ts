import {
  array,
  defineTesseract,
  differentiable,
  type Inputs,
  jvpFromJacobian,
  scalar,
  vjpFromJacobian,
  z,
} from "@tesseract/runtime";

const InputSchema = z.object({
  substrate: differentiable(array([null], "float64")).describe("Concentrations of the substrate, in mmol/l."),
  vmax: differentiable(scalar("float64")).describe("The largest rate, in mmol/(l·s).").default(1),
  km: differentiable(scalar("float64")).describe("The concentration of half that rate, in mmol/l.").default(0.5),
}).refine(({ km }) => km > 0, { message: "km must be above 0" });

/** The Jacobian: a diagonal by `substrate`, and a column by each of the scalars. */
function jacobian({ substrate, vmax, km }: Inputs<typeof InputSchema>) {
  const s = [...substrate.data];
  return {
    rate: {
      substrate: s.map((x, i) => s.map((_, j) => i === j ? vmax * km / (km + x) ** 2 : 0)),
      vmax: s.map((x) => x / (km + x)),
      km: s.map((x) => -vmax * x / (km + x) ** 2),
    },
  };
}

/**
 * The rate of an enzyme reaction, v = vmax·s / (km + s).
 *
 * L. Michaelis, M. L. Menten, Die Kinetik der Invertinwirkung, Biochemische Zeitschrift 49 (1913), 333–369.
 */
export default defineTesseract({
  description: "The rates of an enzyme reaction at some concentrations of the substrate, after Michaelis and Menten.",
  InputSchema,
  OutputSchema: z.object({
    rate: differentiable(array([null], "float64")).describe("The rate at each concentration, in mmol/(l·s)."),
  }),

  apply({ substrate, vmax, km }) {
    return { rate: substrate.data.map((s) => vmax * s / (km + s)) };
  },

  jacobian({ substrate, vmax, km }, jacInputs) {
    const { rate } = jacobian({ substrate, vmax, km });
    return { rate: Object.fromEntries([...jacInputs].map((path) => [path, rate[path]])) };
  },

  // Enough for a few hundred elements. With more, write the products yourself, without the matrix.
  jacobianVectorProduct: jvpFromJacobian(jacobian),
  vectorJacobianProduct: vjpFromJacobian(jacobian),

  abstractEval({ substrate }) {
    return { rate: { shape: substrate.shape, dtype: "float64" } };
  },
});
