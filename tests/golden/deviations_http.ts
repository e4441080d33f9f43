/**
 * Deviations of answers over HTTP. Each call below names the row first.
 * @module
 */
import { casesOf, type ModuleName, recordedResult } from "./cases.ts";
import { ANY_TEXT, ANY_TYPE, type FaultKey } from "./compare.ts";
import type { Deviation, Deviations, Row, Rule } from "./deviations.ts";
import type { Json } from "./exact_json.ts";

/** 422, and where: `type@inputs.a`. */
function refused(row: Row, ...faults: string[]): Deviation {
  return { row, expected: { status: 422, media: "application/json", faults: faults.map(fault) } };
}

function fault(text: string): FaultKey {
  const [type = "", place = ""] = text.split("@");
  const keys = place === "" ? [] : place.split(".").map((key) => /^\d+$/.test(key) ? Number(key) : key);
  return { type, loc: keys[0] === "query" ? keys : ["body", ...keys] };
}

/** 200 with a result in JSON. */
function accepted(row: Row, result: Json, media = "application/json"): Deviation {
  return { row, expected: { status: 200, media, result } };
}

/** 200 with the recorded result of another case of the module, changed. */
function likeCase(row: Row, module: ModuleName, id: string, changes: Record<string, Json> = {}): Deviation {
  const other = casesOf(module).find((c) => c.via === "http" && c.version === "1.15.0" && c.id === id);
  if (other === undefined) throw new Error(`no case ${id} of ${module}`);
  const result = recordedResult(other) as Record<string, Json>;
  return accepted(row, { ...result, ...changes }, other.content_type?.split(";")[0]);
}

function array(dtype: string, shape: number[], buffer: Json, encoding = "json"): Json {
  return { object_type: "array", shape, dtype, data: { buffer, encoding } };
}

/** The recorded result with its nulls, one after the other, replaced: row 1. */
function written(module: ModuleName, id: string, ...texts: string[]): Deviation {
  const other = casesOf(module).find((c) => c.via === "http" && c.version === "1.15.0" && c.id === id);
  if (other === undefined) throw new Error(`no case ${id} of ${module}`);
  return accepted(1, withTexts(recordedResult(other)!, [...texts]), other.content_type?.split(";")[0]);
}

/** Replaces the nulls in the buffers of a result. */
export function withTexts(result: Json, texts: string[]): Json {
  const inBuffer = (value: Json): Json =>
    Array.isArray(value) ? value.map(inBuffer) : value === null ? texts.shift() ?? "?" : value;
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    if (value["object_type"] !== "array") {
      return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, walk(v)]));
    }
    const data = value["data"] as Record<string, Json>;
    return { ...value, data: { ...data, buffer: inBuffer(data["buffer"]!) } };
  };
  return walk(result);
}

/** 406, and what this build offers. */
function notAcceptable(row: Row, accept: string): Deviation {
  return {
    row,
    expected: {
      status: 406,
      media: "application/json",
      result: {
        detail: {
          message: `Cannot produce any encoding accepted by '${accept}'`,
          available_formats: ["json", "json+base64", "json+binref", "msgpack"],
          available_gpu_transports: ["none"],
          available_compressions: ["none", "lz4"],
        },
      },
    },
  };
}

const vector = (row: Row, ...values: Json[]) => accepted(row, { result: array("float32", [values.length], values) });
const VECTORADD = vector(43, 6, 9, 12);
const nested = (row: Row, changes: Record<string, Json>) => likeCase(row, "nested", "apply-json+base64", changes);
const nestedValue = (row: Row, type: string) => refused(row, type);
const complex = (row: Row, dtype: string, ...texts: string[]) =>
  accepted(row, { [`v_${dtype}`]: array(dtype, [texts.length], texts) });
const anyDtype = (row: Row, dtype: string, ...values: Json[]) =>
  accepted(row, { any_dtype: array(dtype, [values.length], values) });
const infinity = (id: string) => [id, written("univariate", id, "Infinity")] as const;

const FLOATS = ["float16", "float32", "float64"];
const INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];

/** Deviations by module and id. */
export const HTTP_DEVIATIONS: Deviations = {
  vectoradd: {
    "http-root": { row: "http.md", expected: { status: 200, media: "text/html" } },
    "apply-normalize-lax-bool": refused(13, "bool_parsing@inputs.normalize"),
    "apply-normalize-int-bool": refused(13, "bool_parsing@inputs.normalize"),
    "encoding-raw": vector(3, 1.5, -2.25, 3),
    "encoding-raw-no-object-type": vector(3, 1.5, -2.25, 3),
    "encoding-binref-absolute": refused(25, "array_decode_error@inputs.a"),
    "encoding-binref-dotdot": refused(25, "array_decode_error@inputs.a"),
    "encoding-compression-unknown": refused(4, "literal_error@inputs.a"),
    "encoding-json-lz4": refused(4, "literal_error@inputs.a"),
    "encoding-cuda-ipc": refused(4, "literal_error@inputs.a"),
    "encoding-json-buffer-strings": refused(2, "array_decode_error@inputs.a"),
    "nonfinite-tokens": written("vectoradd", "nonfinite-tokens", "NaN", "Infinity", "-Infinity"),
    "nonfinite-tokens-in-buffer": written("vectoradd", "nonfinite-tokens-in-buffer", "NaN", "Infinity", "-Infinity"),
    "nonfinite-strings": vector(2, "NaN", "Infinity", "-Infinity"),
    "nonfinite-strings-and-numbers": vector(2, "NaN", 1.5, 2),
    "nonfinite-strings-in-buffer": written("vectoradd", "nonfinite-strings-in-buffer", "NaN", "Infinity", "-Infinity"),
    "nonfinite-short-strings-in-buffer": written("vectoradd", "nonfinite-short-strings-in-buffer", "NaN", "Infinity"),
    "nonfinite-null": vector(2, "NaN", 1, 2),
    "nonfinite-null-in-buffer": written("vectoradd", "nonfinite-null-in-buffer", "NaN"),
    "nonfinite-overflowing-literal": written(
      "vectoradd",
      "nonfinite-overflowing-literal",
      "Infinity",
      "-Infinity",
    ),
    "nonfinite-nan-scalar": written("vectoradd", "nonfinite-nan-scalar", "NaN"),
    "nonfinite-jvp": written("vectoradd", "nonfinite-jvp", "NaN"),
    "nonfinite-nan-bool": refused(12, "bool_parsing@inputs.normalize"),
    "error-wrong-rank-encoded": refused(4, "array_dimensionality_mismatch@inputs.a"),
    "error-complex-dtype": refused(4, "array_dtype_mismatch@inputs.a"),
    "error-unknown-dtype": refused(4, "array_invalid_dtype@inputs.a"),
    "error-dtype-numpy-code": refused(4, "array_invalid_dtype@inputs.a"),
    "error-dtype-capital": refused(4, "array_invalid_dtype@inputs.a"),
    "error-dtype-missing": refused(4, "missing@inputs.a"),
    "error-shape-missing": refused(4, "missing@inputs.a"),
    "error-data-missing": refused(4, "missing@inputs.a"),
    "error-buffer-missing": refused(4, "missing@inputs.a"),
    "error-encoding-missing": refused(4, "missing@inputs.a"),
    "error-encoding-unknown": refused(4, "literal_error@inputs.a"),
    "error-extra-key-in-array": refused(4, "extra_forbidden@inputs.a"),
    "error-extra-key-in-data": refused(4, "extra_forbidden@inputs.a"),
    "error-shape-negative": refused(4, "array_shape_mismatch@inputs.a"),
    "error-shape-fraction": refused(4, "array_shape_mismatch@inputs.a"),
    "error-shape-string": refused(13, "array_shape_mismatch@inputs.a"),
    "error-shape-not-list": refused(4, "array_shape_mismatch@inputs.a"),
    "error-base64-number": refused(4, "array_decode_error@inputs.a"),
    "error-base64-list": refused(4, "array_decode_error@inputs.a"),
    "error-binref-empty": refused(4, "array_decode_error@inputs.a"),
    "error-binref-number": refused(4, "array_decode_error@inputs.a"),
    "body-invalid-utf8": refused(38, "json_invalid@"),
    "accept-q-zero": notAcceptable(10, "application/json;q=0"),
    "accept-other-type": notAcceptable(10, "text/json+base64"),
    "accept-bare": notAcceptable(10, "json+base64"),
    "accept-msgpack": { row: 42, expected: { status: 200, media: "application/msgpack" } },
    // http.md, "Formats": also by this name, so row 42 holds for it as well.
    "accept-x-msgpack": { row: 42, expected: { status: 200, media: "application/msgpack" } },
    "content-type-none": VECTORADD,
    "content-type-text": VECTORADD,
    "content-type-octets": VECTORADD,
    "content-type-form": VECTORADD,
    "content-type-json-base64": VECTORADD,
    "content-encoding-gzip": vector(29, 6, 9, 12),
    "content-encoding-unknown": {
      row: 44,
      expected: { status: 415, media: "application/json", result: { detail: ANY_TEXT } },
    },
    "content-type-msgpack": vector(29, 4, 6),
    "run-id-empty": refused(26, "string_pattern_mismatch@query.run_id"),
    "run-id-spaces": refused(26, "string_pattern_mismatch@query.run_id"),
    "run-id-slash": refused(26, "string_pattern_mismatch@query.run_id"),
    "run-id-dotdot": refused(26, "string_pattern_mismatch@query.run_id"),
    "abstract_eval-negative-dim": refused(46, "value_error@inputs.a", "value_error@inputs.b"),
    "http-input-schema": { row: 42, expected: { status: 200, media: "application/json" } },
    "http-output-schema": { row: 42, expected: { status: 200, media: "application/json" } },
    "http-trailing-slash": vector(33, 6, 9, 12),
    "http-head-health": { row: 33, expected: { status: 200, media: "application/json" } },
    "jvp-tangent-shape": refused(15, "array_shape_mismatch@tangent_vector.a"),
    "jvp-tangent-rank": refused(15, "array_dimensionality_mismatch@tangent_vector.a"),
    "jvp-tangent-scalar": refused(15, "array_dimensionality_mismatch@tangent_vector.a"),
    "jvp-tangent-complex": refused(15, "array_dtype_mismatch@tangent_vector.a"),
    "vjp-cotangent-rank": refused(15, "array_dimensionality_mismatch@cotangent_vector.result"),
    "vjp-cotangent-complex": refused(15, "array_dtype_mismatch@cotangent_vector.result"),
  },
  univariate: {
    ...Object.fromEntries(["apply-overflow", "apply-int-2-63", "apply-int-2-53"].map(infinity)),
    "apply-nan": written("univariate", "apply-nan", "NaN"),
    "apply-nan-string-in-buffer": written("univariate", "apply-nan-string-in-buffer", "NaN"),
    "apply-encoded-shape-1": refused(4, "array_dimensionality_mismatch@inputs.x"),
    "apply-encoded-complex": refused(4, "array_dtype_mismatch@inputs.x"),
    "apply-big-integer": accepted(7, { result: array("float32", [], "Infinity") }),
    "jvp-tangent-list": refused(15, "array_dimensionality_mismatch@tangent_vector.x"),
    "vjp-cotangent-list": refused(15, "array_dimensionality_mismatch@cotangent_vector.result"),
  },
  nested: {
    "apply-json": written("nested", "apply-json", "Infinity"),
    "apply-full": written("nested", "apply-full", "Infinity"),
    "apply-real-spectrum": written("nested", "apply-real-spectrum", "Infinity"),
    "apply-count-string": nestedValue(13, "int_parsing@inputs.count"),
    "apply-count-bool": nestedValue(13, "int_type@inputs.count"),
    "apply-ratio-string": nestedValue(13, "float_parsing@inputs.ratio"),
    "apply-ratio-bool": nestedValue(13, "float_type@inputs.ratio"),
    "apply-flag-string": nestedValue(13, "bool_parsing@inputs.flag"),
    "apply-flag-int": nestedValue(13, "bool_parsing@inputs.flag"),
    "apply-flag-float": nestedValue(13, "bool_parsing@inputs.flag"),
    "apply-label-bool": refused(13, "int_type@inputs.label.int", "string_type@inputs.label.str"),
    "apply-label-big": refused(49, "int_parsing_size@inputs.label.int", "string_type@inputs.label.str"),
    "apply-level-bool": nestedValue(13, "literal_error@inputs.level"),
    "apply-source-value-string": nestedValue(13, "float_parsing@inputs.source.constant.value"),
    "apply-ids-floats": nested(8, { ids: array("int64", [2], "AgAAAAAAAAADAAAAAAAAAA==", "base64") }),
    "apply-ids-huge": nestedValue(7, "array_value_out_of_range@inputs.ids"),
    "apply-ids-empty": nested(6, { ids: array("int64", [0], "", "base64") }),
    // 1-2j, 3-4j
    "apply-spectrum-pairs": nested(37, {
      spectrum: array("complex128", [2], "AAAAAAAA8D8AAAAAAAAAwAAAAAAAAAhAAAAAAAAAEMA=", "base64"),
    }),
    "apply-spectrum-json-pairs": nested(37, {
      spectrum: array("complex128", [2], "AAAAAAAA8D8AAAAAAAAAwAAAAAAAAAhAAAAAAAAAEMA=", "base64"),
    }),
    "apply-spectrum-strings": nested(45, {
      spectrum: array("complex128", [1], "AAAAAAAA8D8AAAAAAAAAwA==", "base64"),
    }),
    "apply-mask-json-uint8": nestedValue(4, "array_dtype_mismatch@inputs.mask"),
    "jacobian-path-index-leading-zeros": refused(15, "value_error@jac_inputs.0"),
    "jacobian-path-offset-absent": refused(16, "value_error@jac_inputs.0"),
    "vjp-middle-shape": refused(15, "array_shape_mismatch@cotangent_vector.middle"),
  },
  dtypes: {
    ...Object.fromEntries(FLOATS.flatMap((dtype) =>
      [
        [`nonfinite-${dtype}`, "NaN", "Infinity", "-Infinity", "NaN"],
        [`nonfinite-token-scalar-${dtype}`, "Infinity"],
        [`buffer-null-as-${dtype}`, "NaN"],
        [`buffer-nan-as-${dtype}`, "NaN"],
      ].map(([id, ...texts]) => [id!, written("dtypes", id!, ...texts)])
    )),
    ...Object.fromEntries(
      [...FLOATS, "bool", "complex64", "complex128"].map((dtype) => [
        `buffer-string-as-${dtype}`,
        refused(2, `array_decode_error@inputs.v_${dtype}`),
      ]),
    ),
    ...Object.fromEntries(
      INTEGERS.map((dtype) => [`buffer-nan-as-${dtype}`, refused(12, `${ANY_TYPE}@inputs.v_${dtype}`)]),
    ),
    ...Object.fromEntries(["complex64", "complex128"].flatMap((dtype) => [
      [`json-${dtype}-pairs`, complex(37, dtype, "1+2j", "3-4j")],
      [`list-${dtype}-pairs`, complex(37, dtype, "1+2j", "3-4j")],
    ])),
    ...Object.fromEntries(
      [...INTEGERS, "bool"].map((dtype) => [
        `zero-size-${dtype}`,
        accepted(6, { [`v_${dtype}`]: array(dtype, [0], []) }),
      ]),
    ),
    "buffer-null-as-bool": refused(2, "array_decode_error@inputs.v_bool"),
    "json-uint64": accepted(8, {
      v_uint64: array("uint64", [3], [0, 18446744073709551615n, 9007199254740993n]),
      s_uint64: array("uint64", [], 0),
    }),
    "list-uint64": accepted(8, {
      v_uint64: array("uint64", [3], [0, 18446744073709551615n, 9007199254740993n]),
      s_uint64: array("uint64", [], 0),
    }),
    "texts-uint64": accepted(8, {
      v_uint64: array("uint64", [2], [9007199254740993n, 18446744073709551615n]),
      s_uint64: array("uint64", [], 18446744073709551615n),
    }),
    "texts-uint64-in-buffer": accepted(8, { v_uint64: array("uint64", [2], [18446744073709551615n, 1]) }),
    "infer-whole-floats": anyDtype(8, "int64", 1, 2),
    "infer-exponents": anyDtype(8, "int64", 1000, 2),
    "infer-minus-zero-float": anyDtype(8, "int64", 0),
    "infer-over-int64-and-one": anyDtype(8, "uint64", 9223372036854775808n, 1),
    "infer-over-uint64": anyDtype(7, "float64", 18446744073709551616n),
    "infer-under-int64": anyDtype(7, "float64", -9223372036854775808n),
    "infer-huge-and-float": anyDtype(7, "float64", 18446744073709551616n, 0.5),
    "infer-nulls": anyDtype(2, "float64", "NaN"),
    "infer-null-and-number": anyDtype(2, "float64", "NaN", 1),
    "infer-nan": written("dtypes", "infer-nan", "NaN"),
    "infer-nan-and-int": written("dtypes", "infer-nan-and-int", "NaN"),
    "shape-cube-float": accepted(8, { cube: array("int32", [2, 1, 2], [[[1, 2]], [[3, 4]]]) }),
    "shape-any-negative": refused(34, "array_shape_mismatch@inputs.any_shape"),
    "shape-fixed-encoded-wrong": refused(4, "array_shape_mismatch@inputs.fixed"),
    "shape-fixed-encoded-rank": refused(4, "array_dimensionality_mismatch@inputs.fixed"),
    "shape-one-encoded-two-rows": refused(4, "array_shape_mismatch@inputs.one"),
  },
  minimal: {
    "apply-excited-string": refused(13, "bool_parsing@inputs.excited"),
    "apply-surrogate": accepted(48, { greeting: "Hello \ud83d." }),
  },
  faulty: {
    "jacobian-size_one": failed(39),
    "jacobian_vector_product-size_one": failed(39),
    "vector_jacobian_product-size_one": failed(39),
    "vector_jacobian_product-wrong_size": failed(17),
  },
};

function failed(row: Row): Deviation {
  return { row, expected: { status: 500, media: "application/json", result: { detail: "Internal Server Error" } } };
}

/** Rows that speak of a kind of cases. */
export const HTTP_RULES: readonly Rule[] = [
  {
    // every 500 is JSON; in debug mode it says more, which the replay looks at
    row: 9,
    apply({ env }, expected) {
      if (expected.status !== 500) return undefined;
      return env === undefined ? failed(9).expected : { status: 500, media: "application/json" };
    },
  },
  {
    row: 15,
    apply(_recorded, expected) {
      const faults = expected.faults && withoutFollowUps(expected.faults.map(pathFault));
      return faults !== undefined && keys(faults) !== keys(expected.faults!) ? { ...expected, faults } : undefined;
    },
  },
  {
    // what user code leaves out stays out
    row: 30,
    apply({ endpoint, module, payload }, expected) {
      if (module !== "dtypes" || endpoint !== "abstract_eval" || expected.status !== 200) return undefined;
      const given = Object.keys((payload as { inputs: Record<string, Json> }).inputs);
      const result = Object.entries(expected.result as Record<string, Json>).filter(([key]) => given.includes(key));
      return { ...expected, result: Object.fromEntries(result) };
    },
  },
  {
    row: 42,
    apply({ accept = "" }, expected) {
      // of one only the length is recorded
      return expected.status === 406 && expected.result !== undefined ? notAcceptable(42, accept).expected : undefined;
    },
  },
];

function keys(faults: readonly FaultKey[]): string {
  return JSON.stringify([...new Set(faults.map((f) => JSON.stringify([f.type, f.loc])))].sort());
}

/** A wrong path is one fault at its place; wrong keys of a tangent are one at the tangent. */
function pathFault({ type, loc }: FaultKey): FaultKey {
  if (/^(jac|jvp|vjp)_(in|out)puts$/.test(String(loc[1])) && loc.length > 3) {
    return { type: "literal_error", loc: loc.slice(0, 3) };
  }
  return loc.includes("[key]") ? { type: "value_error", loc: loc.slice(0, 2) } : { type, loc };
}

/** Where the inputs or the lists of paths are wrong, nothing is said of the tangents. */
function withoutFollowUps(faults: readonly FaultKey[]): FaultKey[] {
  const isFollowUp = ({ type, loc }: FaultKey) =>
    type === "value_error" && /^(co)?tangent_vector$/.test(String(loc[1])) && loc.length === 2;
  const first = faults.filter((f) => !isFollowUp(f));
  return first.length > 0 ? first : [...faults];
}
