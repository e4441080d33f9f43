import assert from "node:assert/strict";
import fc from "fast-check";
import { toArray } from "../../lib/arrays/coerce.ts";
import { type DType, DTYPE_NAMES, DTYPES } from "../../lib/arrays/dtypes.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import { type ArrayType, type NdArray, scalarOf, type Shape } from "../../lib/arrays/ndarray.ts";
import { anyArray, anyDType } from "./arbitraries.ts";
import { faultOf } from "./faults.ts";

const type = (dtype: DType | null, shape: Shape): ArrayType => ({ dtype, shape, differentiable: false });

Deno.test("toArray() returns an array that fits as it is, whatever its dtype", () => {
  fc.assert(fc.property(anyDType.chain((dtype) => anyArray(dtype)), (array) => {
    assert.equal(toArray(array, type(array.dtype, array.shape)), array);
    assert.equal(toArray(array, type(null, null)), array);
    assert.equal(toArray(array, type(array.dtype, array.shape.map(() => null))), array);
  }));
});

Deno.test("toArray() takes a typed array as one dimension, without a copy", () => {
  for (const dtype of DTYPE_NAMES) {
    if (DTYPES[dtype].kind === "bool" || DTYPES[dtype].kind === "complex") continue;
    const data = new DTYPES[dtype].array(3);
    const array = toArray(data, type(dtype, [null]));
    assert.equal(array.data, data);
    assert.deepEqual(array.shape, [3]);
  }
  assert.equal(toArray(new Float64Array(2), type("float32", [2])).dtype, "float32");
  assert.equal(faultOf(() => toArray(new Float64Array(2), type("int8", [2])))?.type, "array_dtype_mismatch");
  for (const view of [new DataView(new ArrayBuffer(2)), new Uint8ClampedArray(2)]) {
    const fault = faultOf(() => toArray(view, type("uint8", [2])));
    assert.deepEqual([fault?.type, fault?.ctx["got"]], ["array_non_numeric", `a ${view.constructor.name}`]);
  }
});

Deno.test("toArray() takes plain scalars of every kind", () => {
  const cases: [unknown, DType | null, unknown][] = [
    [3, "int64", 3n],
    [3n, "uint8", 3],
    [2n ** 64n - 1n, "uint64", 2n ** 64n - 1n],
    [true, "bool", true],
    [true, "int8", 1],
    [2.5, "complex64", { re: 2.5, im: 0 }],
    [{ re: 1, im: -2 }, "complex128", { re: 1, im: -2 }],
    [[1, -2], "complex128", { re: 1, im: -2 }],
    [NaN, "float32", NaN],
    [3, null, 3n],
    [3.5, null, 3.5],
    [true, null, true],
  ];
  for (const [value, dtype, expected] of cases) assert.deepEqual(scalarOf(toArray(value, type(dtype, []))), expected);
});

Deno.test("toArray() refuses what is no number, list or array", () => {
  for (const value of [null, undefined, "x", "NaN", "1+2j", {}, { a: 1 }, { shape: [1] }, new Map(), () => 1]) {
    assert.equal(faultOf(() => toArray(value, type(null, null)))?.type, "array_non_numeric", String(value));
  }
});

Deno.test("toArray() looks at rank, then sizes, then dtype", () => {
  const expected = type("int8", [2, null]);
  const cases: [unknown, ArrayFault["type"], ArrayFault["ctx"]][] = [
    [[1.5], "array_dimensionality_mismatch", { actual_dims: 1, expected_dims: 2 }],
    [1.5, "array_dimensionality_mismatch", { actual_dims: 0, expected_dims: 2 }],
    [[], "array_dimensionality_mismatch", { actual_dims: 1, expected_dims: 2 }],
    [[[1.5], [1], [1]], "array_shape_mismatch", { actual_shape: [3, 1], expected_shape: [2, 1] }],
    [[[1.5], [300]], "array_dtype_mismatch", {
      actual_dtype: "float64",
      expected_dtype: "int8",
      index: [0, 0],
      got: "1.5",
    }],
    [[[1], [300]], "array_value_out_of_range", { expected_dtype: "int8", value: "300", index: [1, 0] }],
    // Only numbers have a rank.
    [["x"], "array_non_numeric", { index: [0], got: '"x"' }],
    [{}, "array_non_numeric", { got: "an object" }],
    [[[1], [1, 2]], "value_error", {
      error: "The nested list is ragged, its lists differ in length or depth: [1] is a list of 2, where the first is " +
        "a list of 1",
    }],
  ];
  for (const [value, kind, ctx] of cases) {
    const fault = faultOf(() => toArray(value, expected));
    assert.deepEqual([fault?.type, fault?.ctx], [kind, ctx]);
  }
  const array: NdArray = { dtype: "float64", shape: [3, 1], data: new Float64Array(3) };
  assert.equal(faultOf(() => toArray(array, expected))?.type, "array_shape_mismatch");
});

Deno.test("toArray() broadcasts sizes of 1", () => {
  const cases: [unknown, Shape, number[], number[]][] = [
    [[[1, 2, 3]], [2, 3], [2, 3], [1, 2, 3, 1, 2, 3]],
    [[[7]], [2, 3], [2, 3], [7, 7, 7, 7, 7, 7]],
    [[[1], [2]], [null, 3], [2, 3], [1, 1, 1, 2, 2, 2]],
    [[[[1], [2], [3]]], [2, null, 2], [2, 3, 2], [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3]],
    [[1], [0], [0], []],
  ];
  for (const [value, shape, actual, data] of cases) {
    const array = toArray(value, type("float32", shape));
    assert.deepEqual(array, { dtype: "float32", shape: actual, data: new Float32Array(data) });
  }
  const complex = toArray([["1+2j"]], type("complex64", [1, 2]));
  assert.deepEqual(complex.data, new Float32Array([1, 2, 1, 2]));
});

/** Element `index` of the broadcast array, by the rule itself. */
function elementAt(array: NdArray, index: readonly number[]): (number | bigint)[] {
  const { components } = DTYPES[array.dtype];
  let at = 0;
  array.shape.forEach((size, d) => at = at * size + (size === 1 ? 0 : index[d]!));
  return [...array.data.subarray(at * components, (at + 1) * components)];
}

Deno.test("toArray() repeats what has size 1, and nothing else", () => {
  const cases = fc.tuple(anyDType, fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { maxLength: 4 }));
  fc.assert(fc.property(
    cases.chain(([dtype, dims]) => {
      const given = dims.map(([size, repeated]) => repeated ? 1 : size);
      return fc.tuple(anyArray(dtype, fc.constant(given)), fc.constant(dims.map(([size]) => size)));
    }),
    ([array, shape]) => {
      const result = toArray(array, type(array.dtype, shape));
      assert.deepEqual(result.shape, shape);
      const walk = (index: number[]): void => {
        if (index.length === shape.length) assert.deepEqual(elementAt(result, index), elementAt(array, index));
        else for (let i = 0; i < shape[index.length]!; i++) walk([...index, i]);
      };
      walk([]);
    },
  ));
});

Deno.test("toArray() says what is wrong with an array that was put together wrongly", () => {
  const cases: [unknown, string][] = [
    [{ dtype: "float32", shape: [2], data: new Float64Array(2) }, "value_error"],
    [{ dtype: "float32", shape: [2], data: new Float32Array(3) }, "value_error"],
    [{ dtype: "complex64", shape: [2], data: new Float32Array(2) }, "value_error"],
    [{ dtype: "float128", shape: [2], data: new Float64Array(2) }, "array_invalid_dtype"],
    [{ dtype: "int8", shape: [-1, -2], data: new Int8Array(2) }, "array_shape_mismatch"],
    [{ dtype: "int8", shape: [0.5, 4], data: new Int8Array(2) }, "array_shape_mismatch"],
  ];
  for (const [value, kind] of cases) assert.equal(faultOf(() => toArray(value, type(null, null)))?.type, kind);
});

Deno.test("toArray() makes bools of 0 and 1", () => {
  const array: NdArray = { dtype: "bool", shape: [3], data: new Uint8Array([0, 1, 7]) };
  assert.deepEqual([...toArray(array, type("bool", [3])).data], [0, 1, 1]);
  assert.deepEqual([...array.data], [0, 1, 7]);
});

Deno.test("toArray() throws a fault that it is given", () => {
  const fault = new ArrayFault("missing", { field: "shape" });
  assert.equal(faultOf(() => toArray(fault, type(null, null))), fault);
});
