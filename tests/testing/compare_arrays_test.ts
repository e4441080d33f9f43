import assert from "node:assert/strict";
import fc from "fast-check";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { compareArrays, isClose } from "../../lib/testing/compare_arrays.ts";

const CLOSE = { atol: 1e-8, rtol: 1e-5 };
const floats = (...values: number[]): NdArray => ({
  dtype: "float64",
  shape: [values.length],
  data: new Float64Array(values),
});

Deno.test("numbers are close within atol + rtol·|expected|; not a number is equal to itself", () => {
  const cases: [number, number, boolean][] = [
    [1, 1 + 0.9e-5, true],
    [1, 1 + 1.1e-5, false],
    [1e-9, 0, true],
    [1e-7, 0, false],
    [NaN, NaN, true],
    [NaN, 1, false],
    [Infinity, Infinity, true],
    [-Infinity, Infinity, false],
    [1e300, Infinity, false],
    [-0, 0, true],
  ];
  for (const [a, b, expected] of cases) assert.equal(isClose(a, b, CLOSE), expected, `${a} and ${b}`);
});

Deno.test("an array is equal to itself, whatever is in it", () => {
  fc.assert(fc.property(fc.float64Array(), (data) => {
    const array = floats(...data);
    assert.equal(compareArrays(array, array, { atol: 0, rtol: 0 }), undefined);
  }));
});

Deno.test("the message says shape, number, statistics and each element that differs", () => {
  const obtained: NdArray = { dtype: "float64", shape: [2, 3], data: new Float64Array([1, 2, 3, 4, 5, 8]) };
  const expected: NdArray = { dtype: "float64", shape: [2, 3], data: new Float64Array([1, 2, 4, 4, 0, 4]) };
  assert.equal(
    compareArrays(obtained, expected, CLOSE),
    `\
Shape: [2, 3]
Number of differences: 3 / 6 (50.0%)
Of the elements that differ:
  Absolute difference: largest 5, mean 3.3333333333333335, median 4
  Relative difference: largest 1, mean 0.625, median 0.625 (of 2 that are expected not to be zero)
Individual differences:
          Index              Obtained              Expected            Difference
         (0, 2)                     3                     4                    -1
         (1, 1)                     5                     0                     5
         (1, 2)                     8                     4                     4`,
  );
});

Deno.test("up to 100 elements are listed", () => {
  const message = compareArrays(floats(...Array(250).fill(1)), floats(...Array(250).fill(0)), CLOSE)!;
  assert.match(message, /Only the first 100 are shown/);
  assert.match(message, /none, all expected values are zero/);
  assert.equal(message.split("\n").length, 8 + 100);
});

Deno.test("integers, truth values and complex numbers are compared as what they are", () => {
  const long = (...values: bigint[]): NdArray => ({
    dtype: "int64",
    shape: [values.length],
    data: new BigInt64Array(values),
  });
  assert.match(compareArrays(long(2n ** 60n + 1n), long(2n ** 60n), CLOSE)!, /1152921504606846977 +\d+ +1$/m);
  const bools = (...values: number[]): NdArray => ({
    dtype: "bool",
    shape: [values.length],
    data: new Uint8Array(values),
  });
  assert.match(compareArrays(bools(1, 0), bools(1, 1), CLOSE)!, /^ +1 +false +true$/m);
  const complex = (...values: number[]): NdArray => ({
    dtype: "complex128",
    shape: [values.length / 2],
    data: new Float64Array(values),
  });
  assert.equal(compareArrays(complex(1, 2 + 1e-7), complex(1, 2), CLOSE), undefined);
  assert.match(compareArrays(complex(1, 3), complex(1, 2), CLOSE)!, /1\+3j +1\+2j +0\+1j$/m);
  assert.equal(compareArrays(complex(NaN, 1), complex(1, NaN), CLOSE), undefined);
});
