import type { DType } from "../../lib/arrays/dtypes.ts";
import { measureLists, readLists } from "../../lib/arrays/lists.ts";

/** The array of nested lists, as validation makes it. */
export const fromLists = (value: unknown, dtype: DType | null = null, rank?: number) =>
  readLists(measureLists(value, dtype, rank), dtype);
