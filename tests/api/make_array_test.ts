import assert from "node:assert/strict";
import fc from "fast-check";
import { DTYPE_NAMES, DTYPES } from "../../lib/arrays/dtypes.ts";
import { isNdArray } from "../../lib/arrays/ndarray.ts";
import { like, ndarray } from "../../mod.ts";

Deno.test("ndarray() without data is zeros of every dtype and shape", () => {
  const shapes = fc.array(fc.nat(3), { maxLength: 4 });
  fc.assert(fc.property(fc.constantFrom(...DTYPE_NAMES), shapes, (dtype, shape) => {
    const array = ndarray(dtype, shape);
    assert.ok(isNdArray(array));
    assert.deepEqual([array.dtype, array.shape], [dtype, shape]);
    assert.ok(Array.from(array.data as Iterable<number | bigint>).every((x) => x == 0));
  }));
});

Deno.test("ndarray() takes a typed array as it is, and copies the shape", () => {
  const [data, shape] = [Float32Array.of(1, 2), [2, 1]];
  const array = ndarray("float32", shape, data);
  assert.equal(array.data, data);
  shape[0] = 7;
  assert.deepEqual(array.shape, [2, 1]);
});

Deno.test("ndarray() reads lists in order, nested or not, and rounds each element", () => {
  assert.deepEqual(ndarray("float32", [2, 2], [0.1, 2, 3, 4]).data, Float32Array.of(0.1, 2, 3, 4));
  assert.deepEqual(ndarray("float32", [2, 2], [[0.1, 2], [3, 4]]), ndarray("float32", [2, 2], [0.1, 2, 3, 4]));
  assert.deepEqual(ndarray("int64", [2], [1, 2n]).data, BigInt64Array.of(1n, 2n));
  assert.deepEqual(ndarray("bool", [2], [true, false]).data, Uint8Array.of(1, 0));
  assert.deepEqual(ndarray("complex64", [2], [{ re: 1, im: 2 }, 3]).data, Float32Array.of(1, 2, 3, 0));
  assert.deepEqual(ndarray("float64", [], [5]).data, Float64Array.of(5));
});

Deno.test("ndarray() and like() throw a TypeError that says what is wrong", () => {
  const given = (value: unknown) => value as never;
  const cases: [() => unknown, RegExp][] = [
    [() => ndarray(given("float"), [1]), /"float" is not a dtype; the dtypes are float16/],
    [() => ndarray("int8", [-1]), /the shape \[-1\] must be a list/],
    [() => ndarray("int8", given(3)), /the shape \[3\] must be a list/],
    [() => ndarray("int8", [2, 2], [1, 2, 3]), /the shape \[2, 2\] has 4 elements, the data have 3/],
    [() => ndarray("complex64", [2], new Float32Array(3)), /has 2 elements, the data have 1.5/],
    [() => ndarray("float32", [2], given(new Float64Array(2))), /of float32 are a Float32Array, not a Float64Array/],
    [() => ndarray("int8", [1], [300]), /The value 300 does not fit into int8/],
    [() => ndarray("int8", [1], [0.5]), /float64 cannot be cast to int8/],
    [() => ndarray("float32", [2, 2], [[1, 2], [3]]), /ragged/],
    [() => ndarray("float32", [1], given(["x"])), /Expected an array/],
    [() => like(ndarray("float32", [2]), [1]), /has 2 elements, the data have 1/],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: "TypeError", message });
});

Deno.test("like() has the dtype and the shape of its model", () => {
  for (const dtype of DTYPE_NAMES) {
    const model = ndarray(dtype, [2, 3]);
    assert.deepEqual(like(model), model);
    assert.ok(like(model).data instanceof DTYPES[dtype].array);
  }
});
