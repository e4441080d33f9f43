/** The twins of the recorded modules compute what the Python modules computed, bit by bit, with nothing in between. */
import assert from "node:assert/strict";
import { bytesOf, type Case, casesOf, type ModuleName, recordedResult } from "./cases.ts";
import { deviationOf } from "./deviations.ts";
import { type Json, show } from "./exact_json.ts";
import { twin } from "./program.ts";

type Numbers = Float16Array | Float32Array | Float64Array | BigInt64Array | Int16Array | Uint8Array;

/** Views on bytes, by the dtypes that these modules have. */
const VIEWS: Record<string, new (buffer: ArrayBuffer) => Numbers> = {
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
  complex128: Float64Array,
  int64: BigInt64Array,
  int16: Int16Array,
  bool: Uint8Array,
};

interface Twin {
  readonly InputSchema: { parse(inputs: unknown): unknown };
  readonly [name: string]: unknown;
}

/** A recorded array. */
interface Encoded {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: { readonly buffer: Json };
}

const FUNCTIONS: Record<string, string> = {
  apply: "apply",
  jacobian: "jacobian",
  jacobian_vector_product: "jacobianVectorProduct",
  vector_jacobian_product: "vectorJacobianProduct",
};

for (const module of ["vectoradd", "univariate", "nested", "faulty"] as const) {
  const cases = casesOf(module).filter(isComputed);
  Deno.test(`the twin of ${module} computes ${cases.length} recorded results`, async () => {
    assert.ok(cases.length > 5);
    const definition: Twin = (await import(twin(module))).default;
    const wrong = cases.flatMap((recorded) => {
      const found = unlike(compute(definition, recorded), recordedResult(recorded)!, recorded.endpoint);
      return found === undefined ? [] : [`${recorded.id}: ${found}`];
    });
    assert.deepEqual(wrong, []);
  });
}

/** Results that the contract does not decide otherwise, of payloads that can be read without the formats. */
function isComputed(recorded: Case): boolean {
  const { id, via, version, status, endpoint, format, payload, accept } = recorded;
  return via === "http" && version === "1.15.0" && status === 200 && endpoint in FUNCTIONS && payload !== undefined &&
    format !== "json+binref" && accept === undefined && !/binref|lz4|uint8/.test(recorded.payload_source!) &&
    !/prints|wrong_dtype|size-one|broadcast|spectrum/.test(id) &&
    deviationOf(recorded) === undefined;
}

/** Calls the twin's function with the payload of a case. */
function compute(definition: Twin, { module, endpoint, payload }: Case): unknown {
  const { inputs, ...rest } = decoded(payload!) as Record<string, unknown>;
  const point = definition.InputSchema.parse(inputs);
  const entry = (end: string) => Object.entries(rest).find(([key]) => key.endsWith(end))?.[1];
  const call = definition[FUNCTIONS[endpoint]!] as (...args: unknown[]) => unknown;
  if (endpoint === "apply") return call(point);
  const paths = (end: string) => new Set(entry(end) as string[]);
  return call(point, paths("_inputs"), paths("_outputs"), asTangents(entry("tangent_vector") ?? {}, DTYPE[module]!));
}

/** Encoded arrays as arrays in memory. */
function decoded(value: Json): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  if (typeof value !== "object" || value === null) return value;
  if (!("data" in value)) return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, decoded(v)]));
  const { dtype, shape } = value as unknown as Encoded;
  return { dtype, shape, data: numbersOf(value as unknown as Encoded) };
}

function numbersOf({ dtype, data: { buffer } }: Encoded): Numbers {
  const View = VIEWS[dtype] ?? Float64Array;
  if (typeof buffer === "string") return new View(bytesOf(buffer).buffer);
  const list = ([buffer] as unknown[]).flat(Infinity) as (number | boolean | bigint)[];
  return cast(list, dtype);
}

function cast(list: Iterable<number | boolean | bigint>, dtype: string): Numbers {
  if (dtype === "int64") return BigInt64Array.from([...list].map((x) => BigInt(x)));
  return (VIEWS[dtype] as typeof Float64Array).from([...list].map(Number));
}

/** The dtype of the differentiable arrays, to which tangents are cast (`span`'s tangents are exact in any). */
const DTYPE: Partial<Record<ModuleName, string>> = {
  vectoradd: "float32",
  univariate: "float32",
  nested: "float64",
  faulty: "float64",
};

/** Tangents as user code gets them: arrays of the input's dtype. */
function asTangents(tangents: unknown, dtype: string): unknown {
  return Object.fromEntries(
    Object.entries(tangents as Record<string, unknown>).map(([path, value]) => {
      const encoded = typeof value === "object" && value !== null && "data" in value;
      const list = encoded ? [...(value as { data: Iterable<number> }).data] : [value].flat(9) as number[];
      const data = cast(list, dtype);
      const isScalar = encoded ? (value as unknown as { shape: number[] }).shape.length === 0 : !Array.isArray(value);
      return [path, { dtype, shape: isScalar ? [] : [data.length], data }];
    }),
  );
}

/** The first difference, in words, between what a twin returns and a recorded result. */
function unlike(actual: unknown, recorded: Json, place: string): string | undefined {
  if (typeof recorded !== "object" || recorded === null) {
    return actual === recorded ? undefined : `${place}: ${show(actual)} instead of ${show(recorded)}`;
  }
  if ("data" in recorded) return arraysUnlike(actual, recorded as unknown as Encoded, place);
  for (const [key, value] of Object.entries(recorded)) {
    const found = unlike((actual as Record<string, unknown>)[key], value, `${place}.${key}`);
    if (found !== undefined) return found;
  }
  const keys = Object.keys(actual as object);
  return keys.length === Object.keys(recorded).length ? undefined : `${place}: keys ${keys}`;
}

/** Scalars and typed arrays have the dtype of the schema, so they are compared as that. */
function arraysUnlike(actual: unknown, recorded: Encoded, place: string): string | undefined {
  const given = typeof actual === "number"
    ? { shape: [], data: [actual] }
    : ArrayBuffer.isView(actual)
    ? { shape: [(actual as Numbers).length], data: actual as Numbers }
    : actual as { shape: number[]; data: Numbers };
  // products are cast to the dtype of their type, Jacobians keep theirs
  if (place.startsWith("jacobian.") && (actual as Encoded).dtype !== recorded.dtype) {
    return `${place}: ${(actual as Encoded).dtype} instead of ${recorded.dtype}`;
  }
  const data = cast(given.data, recorded.dtype);
  const expected = numbersOf(recorded);
  const sizes = recorded.shape.length === 1 && given.data.length === 1 ? recorded.shape : given.shape;
  const same = String(sizes) === String(recorded.shape) &&
    expected.every((x: number | bigint, i: number) => Object.is(x, data[given.data.length === 1 ? 0 : i]));
  return same
    ? undefined
    : `${place}: ${show([given.shape, ...data])} instead of ${show([recorded.shape, ...expected])}`;
}
