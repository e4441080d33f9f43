import type { TesseractModule } from "../api/tesseract.ts";
import type { GradientFunctions } from "../gradients/check/types.ts";
import type { Paths } from "../gradients/function_types.ts";
import { NamedSizes } from "../schema/named_sizes.ts";
import type { PathList } from "../schema/path_list.ts";
import type { CallContext } from "./endpoint.ts";
import { availableEndpoints } from "./endpoints.ts";

/**
 * The endpoints of a module as functions for check-gradients, which check results like those of any call. Inputs and
 * vectors must be validated, and have an array at each path. When the signal of the context fires, a call rejects at
 * once, even if user code goes on.
 */
export async function gradientFunctions(module: TesseractModule, context: CallContext): Promise<GradientFunctions> {
  const functions: Record<string, (...args: never[]) => Promise<unknown>> = {};
  const differences = new Set<string>();
  for (const { name, functionName, load } of availableEndpoints(module)) {
    const argumentsOf = PAYLOADS[name];
    if (argumentsOf === undefined) continue;
    if (module.differences?.includes(functionName)) differences.add(name);
    const endpoint = await load();
    functions[name] = (...args) =>
      unlessAborted(endpoint.run(module, argumentsOf(...args), context, new NamedSizes()), context.signal);
  }
  return { ...functions, differences } as unknown as GradientFunctions;
}

/** Makes the payload of an endpoint from the arguments of its function. */
const PAYLOADS: Readonly<Record<string, (...args: never[]) => Record<string, unknown>>> = {
  apply: (inputs: unknown) => ({ inputs }),
  jacobian: payloadWith("jac"),
  jacobian_vector_product: payloadWith("jvp", "tangent_vector"),
  vector_jacobian_product: payloadWith("vjp", "cotangent_vector"),
};

function payloadWith(prefix: string, field?: string) {
  const listed = (paths: Paths): PathList => new Map([...paths].map((path, i) => [path, i]));
  return (inputs: unknown, by: Paths, of: Paths, vector?: unknown) => ({
    inputs,
    [`${prefix}_inputs`]: listed(by),
    [`${prefix}_outputs`]: listed(of),
    ...field && { [field]: vector },
  });
}

/** The result of a call; rejected as soon as the signal fires. */
function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    call.finally(() => signal.removeEventListener("abort", abort)).then(resolve, reject);
  });
}
