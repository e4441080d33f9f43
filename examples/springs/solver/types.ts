// Written by `tesseract-runtime client`. Use: connect<LinearSolver>(url)

/** The typed array of each dtype. */
interface DataOf {
  readonly float64: Float64Array;
}

/** An array: its elements in C order, the last index fastest. */
interface NdArray<D extends keyof DataOf, S extends readonly number[]> {
  readonly dtype: D;
  readonly shape: S;
  readonly data: DataOf[D];
}

type Inputs = {
  /** A regular matrix A. */
  readonly matrix: NdArray<"float64", readonly [number, number]> | readonly (readonly number[])[];
  /** The right-hand side b. */
  readonly right: NdArray<"float64", readonly [number]> | Float64Array | readonly number[];
};

type Outputs = {
  /** The vector x with A·x = b. */
  readonly solution: NdArray<"float64", readonly [number]>;
};

type AbstractInputs = {
  /** A regular matrix A. */
  readonly matrix: ShapeDType;
  /** The right-hand side b. */
  readonly right: ShapeDType;
};

/** Data structure describing an array's shape and data type. */
type ShapeDType = {
  readonly shape: readonly number[];
  readonly dtype:
    | "float16"
    | "float32"
    | "float64"
    | "int8"
    | "int16"
    | "int32"
    | "int64"
    | "bool"
    | "uint8"
    | "uint16"
    | "uint32"
    | "uint64"
    | "complex64"
    | "complex128";
};

type AbstractOutputs = {
  /** The vector x with A·x = b. */
  readonly solution: ShapeDTypeReceived;
};

/** Data structure describing an array's shape and data type. */
type ShapeDTypeReceived = {
  readonly shape: number[];
  readonly dtype:
    | "float16"
    | "float32"
    | "float64"
    | "int8"
    | "int16"
    | "int32"
    | "int64"
    | "bool"
    | "uint8"
    | "uint16"
    | "uint32"
    | "uint64"
    | "complex64"
    | "complex128";
};

/**
 * Linear solver
 *
 * Its endpoints: /apply, /jacobian_vector_product, /vector_jacobian_product, /abstract_eval.
 */
export interface LinearSolver {
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly abstractInputs: AbstractInputs;
  readonly abstractOutputs: AbstractOutputs;
  readonly inputArrays:
    | { readonly path: "matrix"; readonly dtype: "float64"; readonly shape: readonly [null, null] }
    | { readonly path: "right"; readonly dtype: "float64"; readonly shape: readonly [null] };
  readonly outputArrays: { readonly path: "solution"; readonly dtype: "float64"; readonly shape: readonly [null] };
}
