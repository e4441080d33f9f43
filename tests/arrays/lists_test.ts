import assert from "node:assert/strict";
import fc from "fast-check";
import { castArray } from "../../lib/arrays/cast.ts";
import { toArray } from "../../lib/arrays/coerce.ts";
import { type DType, DTYPE_NAMES } from "../../lib/arrays/dtypes.ts";
import { sizeOf } from "../../lib/arrays/ndarray.ts";
import { faultOf } from "./faults.ts";
import { fromLists } from "./from_lists.ts";

const INT64_MAX = 2n ** 63n - 1n;

Deno.test("fromLists() infers the dtype from what the list holds", () => {
  const cases: [unknown, DType, (number | bigint)[]][] = [
    [[true, false], "bool", [1, 0]],
    [[1, 2], "int64", [1n, 2n]],
    [[1.0, 2e3], "int64", [1n, 2000n]],
    [[-0], "int64", [0n]],
    [[true, 2], "int64", [1n, 2n]],
    [[INT64_MAX], "int64", [INT64_MAX]],
    [[-INT64_MAX - 1n], "int64", [-INT64_MAX - 1n]],
    [[INT64_MAX + 1n], "uint64", [INT64_MAX + 1n]],
    [[INT64_MAX + 1n, 1], "uint64", [INT64_MAX + 1n, 1n]],
    [[2n ** 64n - 1n], "uint64", [2n ** 64n - 1n]],
    [[INT64_MAX + 1n, -1], "float64", [2 ** 63, -1]],
    [[2n ** 64n], "float64", [2 ** 64]],
    [[-(2n ** 63n) - 1n], "float64", [-(2 ** 63)]],
    [[1e300], "float64", [1e300]],
    [[2n ** 64n, 0.5], "float64", [2 ** 64, 0.5]],
    [[1, 2.5], "float64", [1, 2.5]],
    [[true, 0.5], "float64", [1, 0.5]],
    [[null, 1], "float64", [NaN, 1]],
    [["NaN", "inf", "-inf", "nan", "Infinity", "-Infinity"], "float64", [
      NaN,
      Infinity,
      -Infinity,
      NaN,
      Infinity,
      -Infinity,
    ]],
    [[NaN, 1], "float64", [NaN, 1]],
    [[Infinity], "float64", [Infinity]],
    [["1+2j", 3, true], "complex128", [1, 2, 3, 0, 1, 0]],
    [["(1-2.5e-3j)", "-0.5j", "-0-1e+300j", "NaN-infj"], "complex128", [
      1,
      -0.0025,
      0,
      -0.5,
      -0,
      -1e300,
      NaN,
      -Infinity,
    ]],
    [[{ re: 1, im: -2 }], "complex128", [1, -2]],
    [[], "float64", []],
  ];
  for (const [value, dtype, data] of cases) {
    const array = fromLists(value);
    assert.equal(array.dtype, dtype);
    assert.deepEqual([...array.data], data);
  }
});

Deno.test("fromLists() finds the shape", () => {
  const shapes: [unknown, number[]][] = [
    [3, []],
    [[], [0]],
    [[[], []], [2, 0]],
    [[[]], [1, 0]],
    [[[[[1, 2]]]], [1, 1, 1, 2]],
    [[[1, 2, 3], [4, 5, 6]], [2, 3]],
  ];
  for (const [value, shape] of shapes) assert.deepEqual(fromLists(value).shape, shape);
});

Deno.test("fromLists() refuses ragged lists", () => {
  const ragged = [[1, [2, 3]], [[1, 2], [3]], [[1], 2], [[], [1]], [[[1]], [[1, 2]]], [[1], [[2]]], [[[]], [[[]]]]];
  for (const value of ragged) assert.equal(faultOf(() => fromLists(value))?.type, "value_error", JSON.stringify(value));
});

Deno.test("the fault of a ragged list says where it begins to be one", () => {
  const words = (value: unknown) => String(faultOf(() => fromLists(value))?.ctx["error"]).split("depth: ")[1];
  assert.equal(words([[1, 2], [3]]), "[1] is a list of 1, where the first is a list of 2");
  assert.equal(words([[[1], [2]], [[3], 4]]), "[1, 1] is no list, where the first is a list of 1");
  assert.equal(words([1, [2, 3]]), "[1] is a list of 2, where others are numbers");
  assert.equal(words([[1, 2], [3, [4]]]), "[1, 1] is a list of 1, where others are numbers");
});

Deno.test("fromLists() asks for no more memory than the lists are long", () => {
  const long = Array(1e5).fill(0);
  const value = [[[long, ...long], ...long], ...long];
  assert.equal(faultOf(() => fromLists(value))?.type, "value_error");
});

Deno.test("fromLists() refuses lists that contain themselves", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  assert.equal(faultOf(() => fromLists(circle))?.type, "value_error");
});

Deno.test("fromLists() refuses what is no number", () => {
  for (const value of [["1"], ["a", 1], [{}], [undefined], [Array(2)], ["1+2"], ["NAN"], ["j"], [""], [new Date()]]) {
    assert.equal(faultOf(() => fromLists(value))?.type, "array_non_numeric", String(value));
  }
});

Deno.test("fromLists() takes pairs only where a complex dtype and the rank are known", () => {
  const pairs = [[1, 2], [null, -4]];
  assert.deepEqual(fromLists(pairs, "complex64", 1), {
    dtype: "complex64",
    shape: [2],
    data: new Float32Array([1, 2, NaN, -4]),
  });
  assert.deepEqual(fromLists(pairs, "complex64", 2).shape, [2, 2]);
  assert.deepEqual(fromLists(pairs, "complex64").shape, [2, 2]);
  assert.deepEqual(fromLists([1, 2], "complex128", 0).shape, []);
});

Deno.test("fromLists() into a dtype: downward kinds are refused as a whole, before single values", () => {
  const faults: [unknown, DType, string][] = [
    [[300, 1.5], "int8", "array_dtype_mismatch"],
    [[300, null], "int8", "array_dtype_mismatch"],
    [[1], "bool", "array_dtype_mismatch"],
    [["1+2j"], "float64", "array_dtype_mismatch"],
    [[300, 1], "int8", "array_value_out_of_range"],
    [[-1], "uint64", "array_value_out_of_range"],
    [[2n ** 63n, -1], "int64", "array_value_out_of_range"],
    [[2n ** 64n], "uint64", "array_value_out_of_range"],
    [[1e300], "int64", "array_value_out_of_range"],
    [[65520], "float16", "array_value_out_of_range"],
    [[1e300], "complex64", "array_value_out_of_range"],
    [[10n ** 309n], "float64", "array_value_out_of_range"],
    [[300, "x"], "int8", "array_non_numeric"],
    [[300, 1.5, {}], "float64", "array_non_numeric"],
  ];
  for (const [value, dtype, type] of faults) assert.equal(faultOf(() => fromLists(value, dtype))?.type, type);
  for (const dtype of DTYPE_NAMES) assert.equal(fromLists([[], []], dtype).dtype, dtype);
});

Deno.test("fromLists() keeps the sign of minus zero in floats and complex numbers", () => {
  for (const dtype of ["float16", "float32", "float64", "complex64", "complex128"] as const) {
    assert(Object.is(fromLists([-0], dtype).data[0], -0), dtype);
    assert(Object.is(fromLists([-0, null], dtype).data[0], -0), dtype);
  }
});

Deno.test("fromLists() into a dtype is the list's own array, cast", () => {
  const leaf = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.double(),
    fc.boolean(),
    fc.bigInt(-(2n ** 64n), 2n ** 64n),
    fc.constantFrom<unknown>(-0, NaN, "NaN", "-inf", "1+2j", "(-2.5j)", "text", {}, 65519.99, 65520),
  );
  const lists = fc.array(fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: fc.integer(), weight: 2 }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(lists, fc.constantFrom(...DTYPE_NAMES), (value, dtype) => {
      const outcome = (run: () => unknown) => {
        let result: unknown;
        const fault = faultOf(() => result = run());
        return fault === undefined ? result : fault.type;
      };
      const direct = outcome(() => fromLists(value, dtype));
      const cast = outcome(() => {
        const own = fromLists(value);
        // An empty list fits every dtype; a whole number beyond 64 bits is out of range for an integer.
        return sizeOf(own.shape) === 0 ? fromLists(value, dtype) : castArray(own, dtype);
      });
      const wholeBeyond = cast === "array_dtype_mismatch" && direct === "array_value_out_of_range";
      // An int64 has no minus zero.
      if (!wholeBeyond) assert.deepEqual(withoutSign(direct), withoutSign(cast));
    }),
    { numRuns: 1000 },
  );
});

function withoutSign(outcome: unknown): unknown {
  if (typeof outcome === "string") return outcome;
  const { dtype, shape, data } = outcome as { dtype: string; shape: number[]; data: ArrayLike<number | bigint> };
  return { dtype, shape, data: Array.from(data, (value) => value == 0 ? 0 : value) };
}

Deno.test("a text of a million digits is no number, which is known at once", () => {
  const type = { dtype: "complex128", shape: [null], differentiable: false } as const;
  for (const text of ["1".repeat(1_000_000), `1.${"1".repeat(1_000_000)}`, `1e${"1".repeat(1_000_000)}`]) {
    assert.throws(() => toArray([text], type), { type: "array_non_numeric" });
    assert.throws(() => toArray([`1+${text}`], type), { type: "array_non_numeric" });
  }
});
