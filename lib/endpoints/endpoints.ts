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
  /** The user's function that it needs. Its file exports it by the same name. */
  readonly functionName: FunctionName;
  /** One line for the help. */
  readonly summary: string;
  load(): Promise<Endpoint>;
}

function entry(name: string, functionName: FunctionName, summary: string, file = name): EndpointEntry {
  const load = async () => {
    const exported = await importLater<Readonly<Partial<Record<FunctionName, Endpoint>>>>(`endpoints/${file}.ts`);
    return exported[functionName]!;
  };
  return { name, functionName, summary, load };
}

/** All endpoints, in the order in which help and documents list them. */
export const ENDPOINTS: readonly EndpointEntry[] = [
  entry("apply", "apply", "Apply the Tesseract to the input data."),
  entry("jacobian", "jacobian", "Compute the Jacobian of jac_outputs with respect to jac_inputs."),
  entry(
    "jacobian_vector_product",
    "jacobianVectorProduct",
    "Compute the Jacobian times a tangent vector.",
    "products",
  ),
  entry(
    "vector_jacobian_product",
    "vectorJacobianProduct",
    "Compute a cotangent vector times the Jacobian.",
    "products",
  ),
  entry("abstract_eval", "abstractEval", "Compute output shapes and dtypes from input shapes and dtypes."),
];

/** The endpoints that a module has the functions for. */
export function availableEndpoints(module: TesseractModule): EndpointEntry[] {
  return ENDPOINTS.filter(({ functionName }) => module.functions[functionName] !== undefined);
}

/**
 * Loads the endpoints that a module has over HTTP; `test`, which needs no function of the user's, in debug mode only.
 */
export async function loadEndpoints(module: TesseractModule, debug: boolean): Promise<Endpoint[]> {
  const endpoints = await Promise.all(availableEndpoints(module).map((entry) => entry.load()));
  if (debug) endpoints.push((await importLater<typeof import("./test.ts")>("endpoints/test.ts")).test);
  return endpoints;
}
