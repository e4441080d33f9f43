/**
 * The list of endpoints. Cheap to import: each one's code is loaded when it is first called.
 * @module
 */
import { importLater } from "../import_later.ts";
import type { FunctionName, TesseractModule } from "../api/tesseract.ts";
import type { Endpoint } from "./endpoint.ts";

/** An endpoint by name, before its code is loaded. */
export interface EndpointEntry {
  /** `apply`, `abstract_eval`: the HTTP path; with dashes, the command. */
  readonly name: string;
  /** The user's function that it needs. */
  readonly functionName: FunctionName;
  /** One line for the help. */
  readonly summary: string;
  load(): Promise<Endpoint>;
}

/** All endpoints, in the order in which help and documents list them. */
export const ENDPOINTS: readonly EndpointEntry[] = [
  {
    name: "apply",
    functionName: "apply",
    summary: "Apply the Tesseract to the input data.",
    load: async () => (await importLater<typeof import("./apply.ts")>("endpoints/apply.ts")).apply,
  },
  {
    name: "jacobian",
    functionName: "jacobian",
    summary: "Compute the Jacobian of jac_outputs with respect to jac_inputs.",
    load: async () => (await importLater<typeof import("./jacobian.ts")>("endpoints/jacobian.ts")).jacobian,
  },
  {
    name: "jacobian_vector_product",
    functionName: "jacobianVectorProduct",
    summary: "Compute the Jacobian times a tangent vector.",
    load: async () =>
      (await importLater<typeof import("./products.ts")>("endpoints/products.ts")).jacobianVectorProduct,
  },
  {
    name: "vector_jacobian_product",
    functionName: "vectorJacobianProduct",
    summary: "Compute a cotangent vector times the Jacobian.",
    load: async () =>
      (await importLater<typeof import("./products.ts")>("endpoints/products.ts")).vectorJacobianProduct,
  },
  {
    name: "abstract_eval",
    functionName: "abstractEval",
    summary: "Compute output shapes and dtypes from input shapes and dtypes.",
    load: async () =>
      (await importLater<typeof import("./abstract_eval.ts")>("endpoints/abstract_eval.ts")).abstractEval,
  },
];

/** The endpoints that a module has the functions for. */
export function availableEndpoints(module: TesseractModule): EndpointEntry[] {
  return ENDPOINTS.filter(({ functionName }) => module.functions[functionName] !== undefined);
}

/** Loads the endpoints that a module has over HTTP; `test`, which needs no function of the user's, in debug mode only. */
export async function loadEndpoints(module: TesseractModule, debug: boolean): Promise<Endpoint[]> {
  const endpoints = await Promise.all(availableEndpoints(module).map((entry) => entry.load()));
  if (debug) endpoints.push((await importLater<typeof import("./test.ts")>("endpoints/test.ts")).test);
  return endpoints;
}
