import assert from "node:assert/strict";
import { arrayText } from "../../../lib/gradients/check/array_text.ts";

interface Recorded {
  dtype: string;
  shape: number[];
  data: (number | string)[];
  text: string;
}

const recorded: Recorded[] = JSON.parse(Deno.readTextFileSync(new URL("../data/numpy_text.json", import.meta.url)));
const NOT_FINITE: Record<string, number> = { NaN, inf: Infinity, "-inf": -Infinity };

Deno.test("arrayText() prints arrays as NumPy 2 does", () => {
  for (const { dtype, shape, data, text } of recorded) {
    const values = Float64Array.from(data, (x) => typeof x === "number" ? x : NOT_FINITE[x]!);
    assert.equal(arrayText({ shape, data: values }, dtype), text);
  }
});

Deno.test("arrayText() shortens large arrays", () => {
  const text = arrayText({ shape: [1200], data: Float64Array.from({ length: 1200 }, (_, i) => i / 2) }, "float64");
  assert.equal(text, "[0.000e+00 5.000e-01 1.000e+00 ... 5.985e+02 5.990e+02 5.995e+02]");
});
