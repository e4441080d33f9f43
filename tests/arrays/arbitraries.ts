/** Arrays for property tests. */
import fc from "fast-check";
import { allocate } from "../../lib/arrays/data.ts";
import { type DType, DTYPE_NAMES, DTYPES } from "../../lib/arrays/dtypes.ts";
import { type NdArray, sizeOf } from "../../lib/arrays/ndarray.ts";

/** Sizes of arrays of few elements, scalars and empty ones among them. */
export const anyShape: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

const anyReal = fc.oneof(
  fc.double(),
  fc.float(),
  fc.integer().map((n) => n / 64),
  fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity, 5e-324, 65504, 1e21, 1e-7),
);

/** One component of an array of `dtype`, rounded to it. */
function component(dtype: DType): fc.Arbitrary<number | bigint> {
  const info = DTYPES[dtype];
  if (info.kind === "bool") return fc.integer({ min: 0, max: 1 });
  if (info.kind !== "integer") return anyReal;
  const any = fc.oneof(fc.bigInt(info.min, info.max), fc.constantFrom(info.min, info.max, 0n, 1n));
  return info.bytes === 8 ? any : any.map(Number);
}

/** An array of `dtype`. Not-a-number has one form only, since text knows no other. */
export function anyArray(dtype: DType, shape: fc.Arbitrary<number[]> = anyShape): fc.Arbitrary<NdArray> {
  return shape.chain((sizes) => {
    const length = sizeOf(sizes) * DTYPES[dtype].components;
    return fc.array(component(dtype), { minLength: length, maxLength: length }).map((values): NdArray => {
      const data = allocate(dtype, sizeOf(sizes));
      values.forEach((value, i) => data[i] = value);
      return { dtype, shape: sizes, data };
    });
  });
}

export const anyDType: fc.Arbitrary<DType> = fc.constantFrom(...DTYPE_NAMES);
