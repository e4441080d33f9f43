import assert from "node:assert/strict";
import fc from "fast-check";
import type { DType } from "../../lib/arrays/dtypes.ts";
import { type ArrayType, isNdArray, type NdArray, type Shape } from "../../lib/arrays/ndarray.ts";
import { decodeEncoded as decode, isEncoded } from "../../lib/formats/encoded.ts";
import { anyArray, anyDType } from "../arrays/arbitraries.ts";
import { faultOf } from "../arrays/faults.ts";

const decodeEncoded = (value: Record<string, unknown>, type: ArrayType): NdArray => {
  const array = decode(value, type);
  assert(isNdArray(array));
  return array;
};
const type = (dtype: DType | null = null, shape: Shape = null): ArrayType => ({ dtype, shape, differentiable: false });
const good = { shape: [3], dtype: "float32", data: { buffer: [1, 2, 3], encoding: "json" } };
const lists = (dtype: string, buffer: unknown, shape: unknown = [1]) => ({
  shape,
  dtype,
  data: { buffer, encoding: "json" },
});
const base64 = (dtype: string, buffer: unknown, shape: unknown = [3]) => ({
  shape,
  dtype,
  data: { buffer, encoding: "base64" },
});

Deno.test("decodeEncoded() gives each fault its type", () => {
  const vector = type("float32", [null]);
  const { shape, dtype, data } = good;
  const cases: [Record<string, unknown>, string][] = [
    [{ dtype, data }, "missing"],
    [{ shape, data }, "missing"],
    [{ shape, dtype }, "missing"],
    [{ object_type: "array" }, "missing"],
    [{ shape, dtype, data: null }, "missing"],
    [{ shape, dtype, data: [] }, "missing"],
    [{ shape, dtype, data: { encoding: "json" } }, "missing"],
    [{ shape, dtype, data: { buffer: [1, 2, 3] } }, "missing"],
    [{ ...good, order: "C" }, "extra_forbidden"],
    [{ ...good, ["__proto__"]: 1 }, "extra_forbidden"],
    [{ ...good, data: { ...data, offset: 0 } }, "extra_forbidden"],
    [{ ...good, object_type: "tensor" }, "array_non_numeric"],
    [{ ...good, data: { ...data, encoding: "hex" } }, "literal_error"],
    [{ ...good, data: { ...data, encoding: "toString" } }, "literal_error"],
    [{ ...good, data: { ...data, encoding: null } }, "literal_error"],
    [{ ...good, data: { ...data, compression: "lz4" } }, "literal_error"],
    [{ ...good, data: { buffer: "", encoding: "base64", compression: "gzip" } }, "literal_error"],
    [{ ...good, dtype: "float128" }, "array_invalid_dtype"],
    [{ ...good, dtype: "<f4" }, "array_invalid_dtype"],
    [{ ...good, dtype: "toString" }, "array_invalid_dtype"],
    [{ ...good, dtype: 1 }, "array_invalid_dtype"],
    [{ ...good, shape: [-3] }, "array_shape_mismatch"],
    [{ ...good, shape: [3.5] }, "array_shape_mismatch"],
    [{ ...good, shape: ["3"] }, "array_shape_mismatch"],
    [{ ...good, shape: [null] }, "array_shape_mismatch"],
    [{ ...good, shape: 3 }, "array_shape_mismatch"],
    [{ ...good, shape: [1, 3] }, "array_dimensionality_mismatch"],
    [{ ...good, dtype: "complex64" }, "array_dtype_mismatch"],
    // Before the buffer is looked at.
    [{ ...good, dtype: "complex64", data: { buffer: "?", encoding: "base64" } }, "array_dtype_mismatch"],
    [{ ...good, shape: [4] }, "array_decode_error"],
    [{ ...good, shape: [2n ** 60n] }, "array_decode_error"],
    [lists("float32", [1, [2, 3]], [3]), "array_decode_error"],
    [lists("float32", ["a"]), "array_decode_error"],
    [lists("float32", ["7"]), "array_decode_error"],
    [lists("float32", ["1+2j"]), "array_decode_error"],
    [lists("float32", null, [3]), "array_decode_error"],
    [lists("float32", { 0: 1 }), "array_decode_error"],
    [lists("float32", [1e300]), "array_value_out_of_range"],
    [lists("int8", [1.5]), "array_expected_integer"],
    [lists("int8", [NaN]), "array_expected_integer"],
    [lists("int8", [null]), "array_decode_error"],
    [lists("int8", ["7"]), "array_decode_error"],
    [lists("int8", [300]), "array_value_out_of_range"],
    [lists("uint64", [-1]), "array_value_out_of_range"],
    [lists("bool", [null]), "array_decode_error"],
    [base64("float32", 12), "array_decode_error"],
    [base64("float32", [1, 2, 3]), "array_decode_error"],
    [base64("float32", "****"), "array_decode_error"],
    [base64("float32", "AADA\nPwAAEMAAAEBA"), "array_decode_error"],
    [base64("float32", "AADAPwAAEMAAAEB"), "array_decode_error"],
    [base64("float32", "AADAPwAAEMA="), "array_decode_error"],
    [base64("float32", "="), "array_decode_error"],
    [base64("float32", "AADAPwAAEMAAAEBAAADAPwAAEMAAAEBA"), "array_decode_error"],
    [base64("float32", ""), "array_decode_error"],
    [base64("float32", "", [1e6, 1e6]), "array_dimensionality_mismatch"],
  ];
  for (const [value, expected] of cases) {
    const fault = faultOf(() => decodeEncoded(value, vector));
    assert.equal(fault?.type, expected, JSON.stringify(value, (_, v) => typeof v === "bigint" ? `${v}` : v));
    if (expected === "array_decode_error") assert.deepEqual(Object.keys(fault!.ctx), ["encoding", "error"]);
  }
});

Deno.test("decodeEncoded() says of a JSON buffer which element is wrong, and how", () => {
  const reason = (buffer: unknown, shape: number[], dtype = "float32") =>
    faultOf(() => decodeEncoded(lists(dtype, buffer, shape), type()))?.ctx["error"];
  assert.equal(
    reason([[1, 2], [3, "x"]], [2, 2]),
    'the buffer has an element that is not a number for float32: [1, 1] is "x"',
  );
  assert.equal(
    reason([1, null], [2], "int8"),
    "the buffer has an element that is not a number for int8: [1] is null",
  );
  assert.equal(reason("x", []), 'the buffer has an element that is not a number for float32: "x"');
  assert.equal(reason(null, [2, 3]), "the buffer is null, expected 6 elements for shape [2, 3]");
  assert.equal(reason({}, [2]), "the buffer is an object, expected 2 elements for shape [2]");
  assert.equal(reason([1, 2, 3], [2]), "the buffer has 3 elements, expected 2 for shape [2]");

  // A number may have as many digits as a body has bytes.
  const many = 10n ** 10_000n, shown = `1${"0".repeat(39)}…`;
  assert.equal(reason(many, [2]), `the buffer is ${shown}, expected 2 elements for shape [2]`);
  const fault = faultOf(() => decodeEncoded({ ...lists("float32", [1], [1]), object_type: many }, type()));
  assert.equal(fault?.ctx["got"], `an object whose object_type is ${shown}`);
});

Deno.test("decodeEncoded() asks for no more memory than the buffer can fill", () => {
  for (const shape of [[1e6, 1e6], [1e308, 1e308], [2 ** 31], [1e308, 1e308, 0]]) {
    for (const value of [lists("float64", [1], shape), base64("float64", "AAAAAAAAAAA=", shape)]) {
      assert.match(faultOf(() => decodeEncoded(value, type()))!.type, /array_decode_error|array_shape_mismatch/);
    }
  }
  // No buffer says how many rows of nothing there are.
  assert.equal(faultOf(() => decodeEncoded(base64("int8", "", [1e9, 0]), type()))?.type, "array_shape_mismatch");
  assert.deepEqual(decodeEncoded(base64("int8", "", [1000, 0]), type()).shape, [1000, 0]);
  // As in NumPy.
  assert.equal(decodeEncoded(base64("int8", "AA==", Array(64).fill(1)), type()).shape.length, 64);
  const { type: kind, ctx } = faultOf(() => decodeEncoded(base64("int8", "AA==", Array(65).fill(1)), type()))!;
  assert.equal(kind, "array_shape_mismatch");
  assert.match(String(ctx["error"]), /has 65 dimensions, and an array at most 64/);
});

Deno.test("decodeEncoded() reads JSON buffers in order, however they are nested", () => {
  for (
    const buffer of [[1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]], [[[1], [2], [3], [4], [5], [
      6,
    ]]]]
  ) {
    assert.deepEqual(decodeEncoded(lists("int16", buffer, [2, 3]), type()), {
      dtype: "int16",
      shape: [2, 3],
      data: new Int16Array([1, 2, 3, 4, 5, 6]),
    });
  }
  assert.equal(decodeEncoded(lists("float64", [7], []), type()).data[0], 7);
  assert.equal(decodeEncoded(lists("float64", 7, [1, 1]), type()).data[0], 7);
  assert.equal(
    decodeEncoded({ ...good, data: { buffer: [1, 2, 3], encoding: "raw", compression: null } }, type()).data[2],
    3,
  );
});

Deno.test("decodeEncoded() takes for a number in a JSON buffer what the dtype can make of it", () => {
  const cases: [DType, unknown, (number | bigint)[]][] = [
    ["float32", ["NaN", "inf", null, true, 2n ** 60n], [NaN, Infinity, NaN, 1, 2 ** 60]],
    ["float64", [1, -0, 1e300, 10n ** 300n, "-Infinity"], [1, -0, 1e300, 1e300, -Infinity]],
    ["int8", [1.0, true, -128, 3n], [1, 1, -128, 3]],
    ["uint64", [2n ** 64n - 1n, 1], [2n ** 64n - 1n, 1n]],
    ["int64", [-(2n ** 63n), false], [-(2n ** 63n), 0n]],
    ["bool", [0, 1.5, -1, 2n ** 70n, NaN, true, false, -0], [0, 1, 1, 1, 1, 1, 0, 0]],
    ["complex64", ["1+2j", 3, null, "NaN", true], [1, 2, 3, 0, NaN, NaN, NaN, 0, 1, 0]],
    ["complex128", [[1, 2], [3, null]], [1, 2, 3, NaN]],
  ];
  for (const [dtype, buffer, data] of cases) {
    const array = decodeEncoded(lists(dtype, buffer, [(buffer as unknown[]).length]), type());
    assert.equal(array.dtype, dtype);
    assert.deepEqual([...array.data], data);
  }
  // As many numbers as elements: no pairs.
  assert.deepEqual([...decodeEncoded(lists("complex64", [[1, 2]], [2]), type()).data], [1, 0, 2, 0]);
});

Deno.test("decodeEncoded() keeps every bit of base64", () => {
  fc.assert(fc.property(anyDType.chain((dtype) => anyArray(dtype)), ({ dtype, shape, data }) => {
    const bytes = new Uint8Array(data.buffer);
    const array = decodeEncoded(base64(dtype, btoa(String.fromCharCode(...bytes)), shape), type(dtype, shape));
    assert.deepEqual(array, { dtype, shape, data });
  }));
  assert.deepEqual([...decodeEncoded(base64("bool", "AAEH"), type()).data], [0, 1, 1]);
});

Deno.test("isEncoded() knows what was meant as an encoded array", () => {
  assert(isEncoded(good));
  assert(isEncoded({ shape: [1] }));
  assert(isEncoded({ object_type: "array" }));
  for (
    const value of [{}, { a: 1 }, { object_type: "mesh" }, [], null, 1, "x", {
      dtype: "int8",
      shape: [1],
      data: new Int8Array(1),
    }]
  ) {
    assert(!isEncoded(value));
  }
});
