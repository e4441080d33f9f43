import type { MaybePromise } from "../../api/exact.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import type { NdArray } from "../../arrays/ndarray.ts";
import type { Paths } from "../function_types.ts";
import type { RealArray } from "../real_array.ts";

/** The endpoints that can be checked, in the order in which they are. */
export const GRADIENT_ENDPOINTS = ["jacobian", "jacobian_vector_product", "vector_jacobian_product"] as const;
export type GradientEndpoint = (typeof GRADIENT_ENDPOINTS)[number];

type Arrays = Readonly<Record<string, NdArray>>;

type ProductFunction = (inputs: unknown, by: Paths, of: Paths, vector: Arrays) => MaybePromise<Arrays>;

/** The endpoints of a module, as clients see them: with what they return checked and cast. */
export interface GradientFunctions {
  apply(inputs: unknown): MaybePromise<unknown>;
  jacobian?(inputs: unknown, jacInputs: Paths, jacOutputs: Paths): MaybePromise<Readonly<Record<string, Arrays>>>;
  jacobian_vector_product?: ProductFunction;
  vector_jacobian_product?: ProductFunction;
  /** Those that are differences of `apply` themselves. */
  readonly differences?: ReadonlySet<GradientEndpoint>;
}

/** The schemas of a module. */
export type Schemas = Pick<TesseractModule, "inputs" | "outputs">;

/** The options of the command of the same name. */
export interface CheckOptions {
  /** Default: all that the module has. */
  readonly endpoints?: readonly string[] | undefined;
  /** Default: all. */
  readonly inputPaths?: readonly string[] | undefined;
  readonly outputPaths?: readonly string[] | undefined;
  /** The step of the central differences; 1e-4 by default. */
  readonly eps?: number | undefined;
  /** The steps of single inputs, by path. */
  readonly epsFor?: Readonly<Record<string, number>> | undefined;
  /** 0.1 by default. */
  readonly rtol?: number | undefined;
  /** How many elements of inputs are checked, in all; 1000 by default. */
  readonly maxEvals?: number | undefined;
  /** How many elements of each output vector-Jacobian products are checked for; default: all. */
  readonly maxOutputSamples?: number | undefined;
  /** How many failures of each endpoint are kept with their values; 10 by default. */
  readonly maxFailures?: number | undefined;
  /** Default: another one each time. */
  readonly seed?: number | undefined;
  /** Run the Taylor-remainder test too? */
  readonly taylor?: boolean | undefined;
  /** Ends the run early, with a report of what was checked. */
  readonly signal?: AbortSignal | undefined;
  /** The file of the user module, absolute: exceptions are shown with the line in the user's own files. */
  readonly moduleFile?: string | undefined;
}

/** Called after each check. */
export type OnProgress = (
  state: {
    readonly endpoint: GradientEndpoint;
    readonly done: number;
    readonly total: number;
    readonly failures: number;
  },
) => void;

/** An option that does not fit the module or the inputs. */
export class GradientOptionError extends Error {
  override name = "GradientOptionError";
  constructor(readonly option: keyof CheckOptions, message: string) {
    super(message);
  }
}

/** A module without any derivative endpoint. */
export class NoGradients extends Error {
  override name = "NoGradients";
}

/** A derivative, by one element of an input, that is not what the difference says. */
export interface Failure {
  readonly input: string;
  readonly output: string;
  /** Of the element in the input. */
  readonly index: readonly number[];
  /** By the endpoint, and by differences: of the whole output, or of some of its elements. */
  readonly value?: RealArray | undefined;
  readonly difference?: RealArray | undefined;
  /** The dtype of the output, by which the values are printed. */
  readonly dtype: string;
  /** Which elements of the output these are, if not all. */
  readonly outputElements?: readonly (readonly number[])[] | undefined;
  /** The exception, if there was one. */
  readonly error?: string | undefined;
}

/** The checks of one output by one input. */
export interface PairReport {
  readonly input: string;
  readonly output: string;
  checks: number;
  failures: number;
  /** Of the failures: exceptions. */
  errors: number;
  /** Differences that do not agree, but which the Taylor test shows to be wrong themselves. No failures. */
  overruled: number;
  /** The step of the differences. */
  readonly eps: number;
  /** Was the step lost in rounding, for some element? */
  roundedAway: boolean;
  /** Where value and difference are furthest apart. */
  worst?: { index: readonly number[]; outputIndex: readonly number[]; value: number; difference: number } | undefined;
}

/** The checks of one endpoint. */
export interface EndpointReport {
  readonly endpoint: GradientEndpoint;
  checks: number;
  failures: number;
  overruled: number;
  /** The first failures. */
  readonly shown: Failure[];
  readonly pairs: PairReport[];
}

/** `⟨w, J·v⟩` by two endpoints. */
export interface AdjointReport {
  readonly input: string;
  readonly output: string;
  readonly endpoints: readonly [GradientEndpoint, GradientEndpoint];
  readonly values: readonly [number, number];
  /** The difference of the values, relative to the sum of the absolute products. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** The exception, if there was one. */
  readonly exception?: string | undefined;
}

/** The Taylor-remainder test of one output by one input. */
export interface TaylorReport {
  readonly input: string;
  readonly output: string;
  readonly endpoint: GradientEndpoint;
  /** `undecided`: the function is too noisy, not smooth, or not defined around the inputs. */
  readonly status: "right" | "wrong" | "undecided";
  /** The slope of the remainder; `null` where it is never above the noise: if `right`, the function is linear. */
  readonly slope: number | null;
  /** The steps between which it was found, smallest first, in the unit of the input. */
  readonly range: readonly [number, number] | null;
  /** The step that makes central differences best, in the unit of the input. */
  readonly bestEps: number | null;
  /** The noise of an element of the output: its standard deviation from one evaluation to the next. */
  readonly noise: number;
  /** The element of the output that is furthest off: its derivative along a random direction. */
  readonly worst?: { readonly outputIndex: readonly number[]; readonly value: number; readonly measured: number };
}

/** A conclusion about one output by one input, with advice. */
export interface Verdict {
  readonly input: string;
  readonly output: string;
  readonly endpoints: readonly GradientEndpoint[];
  /** What is probably wrong. */
  readonly doubt: "endpoint" | "difference" | "either";
  readonly text: string;
}

/** All that was found. */
export interface Report {
  readonly passed: boolean;
  readonly interrupted: boolean;
  readonly seed: number;
  /** How often functions of the module were called. */
  readonly evaluations: number;
  readonly endpoints: readonly EndpointReport[];
  readonly adjoint: readonly AdjointReport[];
  /** Only where it was asked for. */
  readonly taylor?: readonly TaylorReport[] | undefined;
  readonly verdicts: readonly Verdict[];
}
