import type { NdArray } from "../arrays/ndarray.ts";

declare const derived: unique symbol;

/**
 * An array that a helper for derivatives made. A helper knows neither dtype nor rank of the schema, and need not: the
 * endpoints cast products to the dtype of their type, and check the shapes. So a function of a Tesseract may return this
 * where it may return no other array of that dtype. The mark is there for the compiler only.
 */
export type DerivedArray<D extends "float16" | "float32" | "float64" = "float64"> = NdArray<D> & {
  readonly [derived]: true;
};

/** Any array that a helper made. */
export type AnyDerivedArray = DerivedArray<"float16"> | DerivedArray<"float32"> | DerivedArray<"float64">;
