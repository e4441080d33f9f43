/**
 * Deviations of the command line, by module and by id, or id and version where only one of them deviates.
 * @module
 */
import { type Case, casesOf, type ModuleName, recordedResult } from "./cases.ts";
import type { Deviation, Deviations, Row } from "./deviations.ts";
import { withTexts } from "./deviations_http.ts";
import type { Json } from "./exact_json.ts";

/** Exit code 2, and what stderr names. */
function usage(row: Row, ...places: string[]): Deviation {
  return { row, expected: { exit: 2, places } };
}

function succeeds(row: Row, result: Json | undefined): Deviation {
  return { row, expected: { exit: 0, result } };
}

function find(module: ModuleName, id: string): Case {
  const found = casesOf(module).find((c) => c.via === "cli" && c.version === "1.15.0" && c.id === id);
  if (found === undefined) throw new Error(`no case ${id} of ${module}`);
  return found;
}

/** The recorded result of a case of 1.15.0, its nulls in buffers replaced. */
function like(row: Row, module: ModuleName, id: string, ...texts: string[]): Deviation {
  return succeeds(row, withTexts(recordedResult(find(module, id))!, texts));
}

const float64 = (...values: Json[]): Json => ({
  object_type: "array",
  shape: [values.length],
  dtype: "float64",
  data: { buffer: values, encoding: "json" },
});

/** Deviations by module and id. */
export const CLI_DEVIATIONS: Deviations = {
  vectoradd: {
    "cli-env-runtime-general-format": like(22, "vectoradd", "cli-env-runtime-format"),
    "cli-env-bad-format": usage(21),
    "cli-option-after-command": like(50, "vectoradd", "cli-default-format"),
    "cli-file-extension 0.9.1": like(21, "vectoradd", "cli-default-format"),
    "cli-file-directory 0.9.1": usage(21),
    "cli-file-bad-json 1.15.0": usage(21),
    "cli-stdin-dash": like(28, "vectoradd", "cli-default-format"),
    "cli-stdin-device": like(28, "vectoradd", "cli-default-format"),
    "cli-bad-json 1.15.0": usage(21),
    "cli-empty-payload 1.15.0": usage(21),
    "cli-nan-tokens": like(1, "vectoradd", "cli-nan-tokens", "NaN", "Infinity", "-Infinity"),
    "cli-binref-without-output": usage(21),
    "cli-binref-relative-inline 0.9.1": like("versions 6", "vectoradd", "cli-binref-relative-inline"),
    "cli-binref-relative-file 1.15.0": like(27, "vectoradd", "cli-binref-input-path"),
    "cli-error-tangent-shape 0.9.1": usage(15, "tangent_vector.a"),
  },
  univariate: {
    "cli-too-large 0.9.1": usage("versions 24", "inputs.x"),
  },
  nested: {
    "cli-apply-json 0.9.1": like("versions 26", "nested", "cli-apply-json", "Infinity"),
    "cli-apply-json 1.15.0": like(1, "nested", "cli-apply-json", "Infinity"),
    "cli-apply-count-string": usage(13, "inputs.count"),
  },
  dtypes: {
    "cli-over-uint64": succeeds(7, { any_dtype: float64(18446744073709551616n) }),
    "cli-complex 0.9.1": like("versions 26", "dtypes", "cli-complex"),
    "cli-nonfinite": like(1, "dtypes", "cli-nonfinite", "NaN", "Infinity", "-Infinity", "Infinity"),
  },
  minimal: {
    "cli-check": succeeds(19, "✅ Tesseract API check successful ✅\n"),
  },
  faulty: {
    "cli-vjp-wrong_size": { row: 17, expected: { exit: 1 } },
  },
};
