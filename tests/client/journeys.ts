/**
 * What callers do, in any place that JavaScript runs in, with any server of the component in component/.
 * @module
 */
import { type Client, connect, TesseractError } from "../../client.ts";
import type component from "./component/tesseract_api.ts";

type Component = Client<typeof component>;

/** Calls the component at a URL; throws what is not as it should be. */
export type Journey = (client: Component, url: string) => Promise<void>;

const inputs = { a: [1, 2, 3], scale: 2, layers: [{ weight: [[1, 2], [3, 4]] }], params: { "r.x": 0.5 } };
/** 2 · (1 + 2 + 3 + 4) · 0.5 */
const factor = 10;

export const JOURNEYS: Readonly<Record<string, Journey>> = {
  "lists come back as arrays, and scalars as plain values": async (client) => {
    const { result, total } = await client.apply(inputs);
    equal(result, { dtype: "float64", shape: [3], data: new Float64Array([10, 20, 30]) });
    equal(total, 60);
  },

  "typed arrays and arrays are the same as lists": async (client) => {
    const weight = { dtype: "float64", shape: [2, 2], data: new Float64Array([1, 2, 3, 4]) } as const;
    const scale = { dtype: "float64", shape: [], data: new Float64Array([2]) } as const;
    const given = { ...inputs, a: new Float64Array([1, 2, 3]), scale, layers: [{ weight }] };
    for (const format of FORMATS) equal(await client.apply(given, { format }), await client.apply(inputs));
  },

  "every float keeps its value, in both formats": async (client) => {
    const a = [0.1, -0, NaN, Infinity, -Infinity, 5e-324, 1e300, 2 ** 60];
    for (const format of FORMATS) {
      equal((await client.apply({ a: new Float64Array(a) })).result.data, new Float64Array(a), format);
      const finite = a.filter(Number.isFinite);
      equal((await client.apply({ a: finite }, { format })).result.data, new Float64Array(finite), format);
    }
    equal((await client.apply({ a })).result.data, new Float64Array(a));
    equal((await client.apply({ a: [1], scale: -Infinity })).total, -Infinity);
  },

  "64-bit integers keep all digits, in both formats": async (client) => {
    const ids = [9007199254740993n, -9007199254740993n, 2n ** 62n, 1n];
    const more = new BigInt64Array(ids.map((id) => id + 1n));
    for (const format of FORMATS) {
      equal((await client.apply({ a: [], ids }, { format })).ids.data, more, format);
      equal((await client.apply({ a: [], ids: new BigInt64Array(ids) }, { format })).ids.data, more, format);
    }
    equal((await client.apply({ a: [], ids: [1, 2] })).ids.data, new BigInt64Array([2n, 3n]));
  },

  "complex numbers are { re, im } in lists, and pairs in data": async (client) => {
    const data = new Float64Array([1, -2, 0, 0.5, 3, -0]);
    for (const format of FORMATS) {
      const given = await client.apply({ a: [], waves: [{ re: 1, im: 2 }, { re: 0, im: -0.5 }, 3] }, { format });
      equal(given.waves, { dtype: "complex128", shape: [3], data }, format);
      const waves = { dtype: "complex128", shape: [2], data: new Float64Array([1, 2, NaN, -Infinity]) } as const;
      const { waves: back } = await client.apply({ a: [], waves }, { format });
      equal(back.data, new Float64Array([1, -2, NaN, Infinity]), format);
    }
  },

  "booleans are bytes in data": async (client) => {
    const mask = { dtype: "bool", shape: [2], data: new Uint8Array([0, 1]) } as const;
    for (const format of FORMATS) {
      const given = await client.apply({ a: [], mask: [true, false] }, { format });
      equal(given.mask, mask, format);
      equal((await client.apply({ a: [], mask }, { format })).mask.data, new Uint8Array([1, 0]), format);
    }
  },

  "texts with quotes, backslashes and other scripts come back as they are": async (client) => {
    for (const name of ['"\\"', "\\\\", "ä\n€😀", "1.5:0"]) {
      equal((await client.apply({ a: new Float64Array(20_000), name })).name, name);
      equal((await client.apply({ a: [1], name })).name, name);
    }
  },

  "large arrays arrive whole, compressed or not": async (client) => {
    const a = Float64Array.from({ length: 300_001 }, (_, i) => Math.sin(i));
    for (const options of [{}, { format: "json" }, { compression: "lz4" }] as const) {
      const { result } = await client.apply({ a, scale: 2 }, options);
      if (result.data.some((x, i) => x !== 2 * a[i]!)) throw new Error(`wrong values with ${show(options)}`);
      equal(result.data.length, a.length);
    }
    const zeros = await client.apply({ a: new Float64Array(100_000) }, { compression: "lz4" });
    equal(zeros.result.data.length, 100_000);
  },

  "Jacobians have a block for each pair of paths": async (client) => {
    const paths = ["a", "scale", "layers.[0].weight", "params.{r.x}"] as const;
    const { result, total } = await client.jacobian(inputs, paths, ["result", "total"]);
    equal(result.a, { dtype: "float64", shape: [3, 3], data: new Float64Array([10, 0, 0, 0, 10, 0, 0, 0, 10]) });
    equal(result.scale, { dtype: "float64", shape: [3], data: new Float64Array([5, 10, 15]) });
    equal(result["layers.[0].weight"].shape, [3, 2, 2]);
    equal(total["params.{r.x}"], { dtype: "float64", shape: [], data: new Float64Array([120]) });
  },

  "products take tangents as callers write them, and are arrays, of shape [] too": async (client) => {
    const tangents = { a: [1, 0, 0], scale: 1, "layers.[0].weight": [[1, 0], [0, 0]] };
    const paths = ["a", "scale", "layers.[0].weight"] as const;
    const forward = await client.jacobianVectorProduct(inputs, paths, ["result", "total"], tangents);
    equal(forward.result.data, new Float64Array([factor + 5 + 1, 10 + 2, 15 + 3]));
    equal(forward.total, { dtype: "float64", shape: [], data: new Float64Array([46]) });
    const cotangents = { result: new Float64Array([1, 0, 0]), total: 1 };
    const backward = await client.vectorJacobianProduct(
      inputs,
      ["a", "scale"],
      new Set(["result", "total"]),
      cotangents,
    );
    equal(backward.a.data, new Float64Array([20, 10, 10]));
    equal(backward.scale, { dtype: "float64", shape: [], data: new Float64Array([35]) });
  },

  "abstract evaluation gives shapes and dtypes, and takes arrays too": async (client) => {
    const abstract = await client.abstractEval({ a: { shape: [7], dtype: "float64" } });
    equal(abstract.result, { shape: [7], dtype: "float64" });
    const { result } = await client.apply({ a: [1, 2] });
    equal((await client.abstractEval({ a: result })).result, { shape: [2], dtype: "float64" });
  },

  "health and the OpenAPI document can be asked for": async (client) => {
    equal(await client.health(), { status: "ok" });
    equal("/apply" in (await client.openapi())["paths"], true);
  },

  "a payload that does not fit is refused with every issue at its path": async (client) => {
    const wrong = { a: [[1]], layers: [{ weight: [[1]] }, {}], params: { "r x": 1, "a.b": "t" }, extra: 1 };
    const error = await refusal(client.apply(wrong as never));
    equal(error.status, 422);
    equal(error.issues.map(({ type, path }) => `${type} ${path}`).sort(), [
      "array_dimensionality_mismatch inputs.a",
      "array_non_numeric inputs.params.{a.b}",
      "extra_forbidden inputs.extra",
      "missing inputs.layers.[1].weight",
    ]);
    for (const { path, message } of error.issues) equal(error.message.includes(`${path}: ${message}`), true);
  },

  "a path that is not there is refused at its place in the list": async (client) => {
    const error = await refusal(client.jacobian(inputs, ["a", "b" as "a"], ["result"]));
    equal(error.status, 422);
    equal(error.issues.every(({ path }) => path.startsWith("jac_inputs")), true, show(error.issues));
    const wrong = await refusal(client.jacobianVectorProduct(inputs, ["a"], ["result"], { a: [1, 2] }));
    equal(wrong.status, 422);
    equal(wrong.issues[0]!.path.startsWith("tangent_vector"), true, wrong.issues[0]!.path);
  },

  "a failure of the Tesseract is an error with its status": async (client) => {
    const error = await refusal(client.apply({ a: [1], name: "fail" }));
    equal(error.status, 500);
    equal(error.issues, []);
    // Python's server closes the connection after this answer. A call that is sent before that is noticed is lost.
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let i = 0; i < 100 && await client.health().then(() => false, () => true); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },

  "a call can be aborted, and has a time limit": async (client) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    equal(await failure(client.apply({ a: [1], name: "wait" }, { signal: controller.signal })), "AbortError");
    equal(await failure(client.apply({ a: [1], name: "wait" }, { timeout: 50 })), "TimeoutError");
    equal(await failure(client.apply({ a: [1] }, { signal: AbortSignal.abort() })), "AbortError");
    equal((await client.apply({ a: [1] }, { timeout: 30_000 })).total, 1);
  },

  "a long run gives what apply gives, also where the Tesseract keeps no runs": async (client) => {
    const run = await client.submit(inputs);
    equal(await run.result({ timeout: 60_000 }), await client.apply(inputs));
    equal((await refusal(client.run("no-such-run").status())).status, 404);
    await run.cancel();
  },

  "many calls run at the same time": async (client) => {
    const totals = await Promise.all(Array.from({ length: 20 }, (_, i) => client.apply({ a: [i] })));
    equal(totals.map(({ total }) => total), Array.from({ length: 20 }, (_, i) => i));
  },

  "what is no array is refused before it is sent": async (client) => {
    const a = { dtype: "float64", shape: [1], data: new Float32Array(1) };
    equal(await failure(client.apply({ a: a as never })), "TypeError");
    equal(await failure(client.apply({ a: new DataView(new ArrayBuffer(8)) as never })), "TypeError");
    equal(await failure(client.apply({ a: [() => 1] as never })), "TypeError");
  },
};

/** What holds over a network only. */
export const NETWORK_JOURNEYS: Readonly<Record<string, Journey>> = {
  "a server that is not there is fetch's TypeError": async () => {
    equal(await failure(connect("http://127.0.0.1:9").health()), "TypeError");
  },

  "an address that answers something else is an error with its status": async (_client, url) => {
    const error = await refusal(connect(`${url}/nothing`).apply({}));
    equal(error.status, 404);
  },

  "a slash at the end of the address is none": async (_client, url) => {
    equal(await connect(`${url}/`).health(), { status: "ok" });
  },
};

const FORMATS = ["json+base64", "json"] as const;

/** Goes on all journeys; the names of those that failed, with the reason. */
export async function travel(client: Component, url?: string): Promise<string[]> {
  const failed: string[] = [];
  const journeys = url === undefined ? JOURNEYS : { ...JOURNEYS, ...NETWORK_JOURNEYS };
  for (const [name, journey] of Object.entries(journeys)) {
    await journey(client, url ?? "").catch((error) => failed.push(`${name}: ${error?.stack ?? error}`));
  }
  return failed;
}

/** Connects to a server of the component, and goes on all journeys. */
export const travelTo = (url: string): Promise<string[]> => travel(connect<typeof component>(url), url);

function equal(actual: unknown, expected: unknown, about = ""): void {
  if (show(actual) !== show(expected)) throw new Error(`${about} got ${show(actual)}, expected ${show(expected)}`);
}

/** The value as a text that tells apart what is different: classes, minus zero, the order of keys not. */
function show(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}${show(Array.from(value as Float64Array))}`;
  return `{${Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => `${key}:${show(item)}`)}}`;
}

async function refusal(call: Promise<unknown>): Promise<TesseractError> {
  const error = await call.then(() => undefined, (error) => error);
  if (error instanceof TesseractError) return error;
  throw new Error(`expected a TesseractError, got ${error}`);
}

/** The name of what a call rejects with. */
async function failure(call: Promise<unknown>): Promise<string> {
  return await call.then(() => "nothing", (error) => error.name);
}
