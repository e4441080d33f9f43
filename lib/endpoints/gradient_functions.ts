import type { TesseractModule } from "../api/tesseract.ts";
import type { GradientFunctions } from "../gradients/check/types.ts";
import { NamedSizes } from "../schema/named_sizes.ts";
import type { PathList } from "../schema/path_list.ts";
import type { CallContext } from "./endpoint.ts";
import { availableEndpoints } from "./endpoints.ts";

/**
 * The endpoints of a module as functions for check-gradients, with all the checks that clients' calls have. Inputs and
 * vectors must be validated, and have an array at each path. Once the signal of the context fires, a call is rejected
 * at once, whatever user code still does.
 */
export async function gradientFunctions(module: TesseractModule, context: CallContext): Promise<GradientFunctions> {
  const calls = new Calls(context.signal);
  const functions: Record<string, (...args: never[]) => Promise<unknown>> = {};
  for (const { name, load } of availableEndpoints(module)) {
    const argumentsOf = PAYLOADS[name];
    if (argumentsOf === undefined) continue;
    const endpoint = await load();
    functions[name] = (...args) => calls.wait(endpoint.run(module, argumentsOf(...args), context, new NamedSizes()));
  }
  return functions as unknown as GradientFunctions;
}

/** From the arguments of a function to the payload of its endpoint. */
const PAYLOADS: Readonly<Record<string, (...args: never[]) => Record<string, unknown>>> = {
  apply: (inputs: unknown) => ({ inputs }),
  jacobian: (inputs: unknown, by: Paths, of: Paths) => ({ inputs, jac_inputs: listed(by), jac_outputs: listed(of) }),
  jacobian_vector_product: (inputs: unknown, by: Paths, of: Paths, tangent_vector: unknown) => ({
    inputs,
    jvp_inputs: listed(by),
    jvp_outputs: listed(of),
    tangent_vector,
  }),
  vector_jacobian_product: (inputs: unknown, by: Paths, of: Paths, cotangent_vector: unknown) => ({
    inputs,
    vjp_inputs: listed(by),
    vjp_outputs: listed(of),
    cotangent_vector,
  }),
};

type Paths = ReadonlySet<string>;

const listed = (paths: Paths): PathList => new Map([...paths].map((path, i) => [path, i]));

/** Waits for one call after the other, as long as nobody interrupts. */
class Calls {
  private interrupt: ((reason: unknown) => void) | undefined;

  /** One listener for all calls: with one for each, or a race, an eternal signal would keep them all in memory. */
  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.interrupt?.(signal.reason));
  }

  wait<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      call.then(resolve, reject);
    });
  }
}
