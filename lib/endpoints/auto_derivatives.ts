import { importLater } from "../import_later.ts";
import type { AuthorFunction, TesseractModule } from "../api/tesseract.ts";

type Derivatives = typeof import("../autodiff/derivatives.ts");

/** The functions that `derivatives: "auto"` adds. */
export const DERIVATIVE_NAMES = ["jacobian", "jacobianVectorProduct", "vectorJacobianProduct"] as const;

let loaded: Promise<Derivatives> | undefined;

/**
 * A module with `derivatives: "auto"`, with the derivatives added that it does not define itself. The code that makes
 * them is loaded with the first call.
 */
export function withDerivatives(module: TesseractModule): TesseractModule {
  const functions: Record<string, AuthorFunction> = { ...module.functions };
  for (const name of DERIVATIVE_NAMES) {
    functions[name] ??= async (...args) => {
      const derivatives = await (loaded ??= importLater<Derivatives>("autodiff/derivatives.ts"));
      return await (derivatives[name] as AuthorFunction)(module, ...args);
    };
  }
  return { ...module, derivatives: "auto", functions };
}
