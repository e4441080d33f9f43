import { toArray } from "../../lib/arrays/coerce.ts";
import type { DType } from "../../lib/arrays/dtypes.ts";

/** The array of nested lists, as validation makes it. */
export const fromLists = (value: unknown, dtype: DType | null = null, rank?: number) =>
  toArray(value, { dtype, shape: rank === undefined ? null : Array(rank).fill(null), differentiable: false });
