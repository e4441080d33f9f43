import type { Context } from "../api/functions.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import type { Jacobian } from "../gradients/function_types.ts";
import { jvpFromJacobian, vjpFromJacobian } from "../gradients/helpers.ts";

type AnyJacobian = Jacobian<unknown, string, string, unknown>;
type Functions = TesseractModule["functions"];

/** The module, in which missing products with the Jacobian are made from its Jacobian, if it has one. */
export function withProducts(module: TesseractModule): TesseractModule {
  const { functions } = module;
  if (functions.jacobian === undefined) return module;
  const jacobian: AnyJacobian = (inputs, by, of, context: Context) => functions.jacobian!(inputs, by, of, context);
  const made = {
    jacobianVectorProduct: jvpFromJacobian(jacobian),
    vectorJacobianProduct: vjpFromJacobian(jacobian),
  };
  return { ...module, functions: { ...made as unknown as Functions, ...functions } };
}
