import type { InProcess } from "../api/in_process.ts";
import { call, type Endpoint } from "./call.ts";
import type { CallOptions, Client, ConnectOptions } from "./client_types.ts";
import { runOf, submit } from "./submit.ts";
import type { AnyTesseract, Loose, Schemas } from "./interface_types.ts";

/**
 * Connects to the Tesseract at a URL, or to a module in this process. Nothing is sent before a function is called.
 *
 * `connect<typeof module>(url)` with a type-only import of the module types inputs, outputs and paths; without it they
 * are loose. `connect(module)` with the default export of a user module runs it in this process, with the same code as
 * a server: a way to test a component without a port. It works only where `@tesseract/runtime` itself runs. Relative
 * paths then start from the current directory, and errors of the module come with their message and stack.
 *
 * Throws a `TypeError` if the argument is neither a URL nor a definition.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect } from "@tesseract/runtime/client";
 * import vectoradd from "../../examples/vectoradd/tesseract_api.ts";
 *
 * const tesseract = connect(vectoradd); // or connect<typeof vectoradd>("http://127.0.0.1:8000")
 * const { result } = await tesseract.apply({ a: [1, 2, 3], b: [4, 5, 6], s: 10 });
 * assert.deepEqual(result, { dtype: "float32", shape: [3], data: new Float32Array([14, 25, 36]) });
 *
 * const inputs = { a: [1, 2, 3], b: [4, 5, 6] };
 * const { result: tangent } = await tesseract.jacobianVectorProduct(inputs, ["a"], ["result"], { a: [1, 0, 0] });
 * assert.deepEqual([...tangent.data], [1, 0, 0]);
 * ```
 */
export function connect<T = AnyTesseract>(url: string | URL, options?: ConnectOptions): Client<T>;
export function connect<T extends Schemas>(module: T, options?: ConnectOptions): Client<T>;
export function connect(target: string | URL | object, defaults: ConnectOptions = {}): Client {
  const { base, place, through } = targetOf(target);
  const ask = (endpoint: Endpoint, options: CallOptions = {}) => {
    const headers = new Headers(defaults.headers);
    new Headers(options.headers).forEach((value, name) => headers.set(name, value));
    return call(base, place, endpoint, { ...through, ...defaults, ...options, headers });
  };
  const send = async (endpoint: Endpoint, options?: CallOptions) => (await ask(endpoint, options)).value();

  type Paths = Iterable<string>;
  const derivative =
    (name: string, prefix: string, vector?: string) =>
    (inputs: unknown, by: Paths, of: Paths, ...rest: readonly unknown[]) => {
      const payload = { inputs, [`${prefix}_inputs`]: [...by], [`${prefix}_outputs`]: [...of] };
      if (vector !== undefined) payload[vector] = rest[0];
      return send({ name, payload }, rest[vector === undefined ? 0 : 1] as CallOptions);
    };

  const client = {
    apply: (inputs: unknown, options?: CallOptions) =>
      send({ name: "apply", payload: { inputs }, scalars: true }, options),
    jacobian: derivative("jacobian", "jac"),
    jacobianVectorProduct: derivative("jacobian_vector_product", "jvp", "tangent_vector"),
    vectorJacobianProduct: derivative("vector_jacobian_product", "vjp", "cotangent_vector"),
    abstractEval: (inputs: unknown, options?: CallOptions) =>
      send({ name: "abstract_eval", payload: { inputs }, abstract: true }, options),
    submit: (inputs: unknown, options?: CallOptions) => submit(ask, inputs, options),
    run: (id: string) => runOf(ask, id),
    health: (options?: CallOptions) => send({ name: "health" }, options),
    openapi: (options?: CallOptions): Promise<Loose> => send({ name: "openapi.json" }, options),
  };
  // Not enumerable, since it is not for users of the client.
  const patterns = async ({ runId: _, ...options }: CallOptions = {}) => patternsOf(await client.openapi(options));
  const connection = { ...client, patterns };
  Object.defineProperty(client, CONNECTION, { value: connection });
  // The answers are not checked: the types are those that the caller names.
  return client as unknown as Client;
}

/** Lets automatic differentiation of `apply` recognise calls of other Tesseracts in it: see autodiff/marks.ts. */
const CONNECTION = Symbol.for("tesseract-runtime.connection");

/** The patterns of the differentiable arrays, as the document lists them. */
function patternsOf(document: Loose): { readonly inputs: string[]; readonly outputs: string[] } {
  const { ApplyInputSchema, ApplyOutputSchema } = document["components"]["schemas"];
  const listed = (schema: Loose): string[] => Object.keys(schema?.["differentiable_arrays"] ?? {});
  return { inputs: listed(ApplyInputSchema), outputs: listed(ApplyOutputSchema) };
}

interface Target {
  /** Where requests are sent to; `through`: the `fetch` to send them by, if not the global one. */
  readonly base: string;
  readonly through?: Pick<CallOptions, "fetch">;
  /** What it is called in errors. */
  readonly place: string;
}

function targetOf(target: string | URL | object): Target {
  if (typeof target === "string" || target instanceof URL) {
    const base = String(target).replace(/\/+$/, "");
    // In browsers an address may be relative to the page's.
    const isRelative = !/^([a-z][a-z\d+.-]*|[\d.]+|\[.*\]):/i.test(base) && globalThis.location !== undefined;
    if (!isRelative && !(/^https?:/i.test(base) && URL.canParse(base))) {
      const meant = !/:\//.test(base) && URL.canParse(`http://${base}`);
      const hint = meant ? `; did you mean "http://${base}"?` : "";
      throw new TypeError(`expected the URL of a Tesseract, with http or https, got "${base}"${hint}`);
    }
    return { base, place: base };
  }
  const answer = (target as { readonly [IN_PROCESS]?: InProcess } | null | undefined)?.[IN_PROCESS];
  if (answer === undefined) throw new TypeError("expected a URL, or what defineTesseract() gave");
  const through = { fetch: (url: string, init: RequestInit) => answer(new Request(url, init)) };
  return { base: "http://in.process", place: "the module", through };
}

/**
 * The property in which `defineTesseract` puts the function that answers requests in this process: api/in_process.ts.
 */
const IN_PROCESS = Symbol.for("tesseract-runtime.in-process");
