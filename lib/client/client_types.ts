import type { Entry } from "../api/path_types.ts";
import type { DType } from "../arrays/dtypes.ts";
import type { NdArray, Shape } from "../arrays/ndarray.ts";
import type { DTypeOf, GivenFor } from "../schema/array_values.ts";
import type { AnyTesseract, Interface, InterfaceOf, Loose } from "./interface_types.ts";

/** Options of one call. */
export interface CallOptions {
  /** Used in place of the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Sent with the request; those of a call are added to those of the connection. */
  readonly headers?: HeadersInit;
  /** Sent as `Authorization: Bearer …`. */
  readonly apiKey?: string;
  /**
   * How arrays are written in the request and in the answer: as base64 (the default), which is exact and fast, or as
   * lists of numbers that people can read.
   */
  readonly format?: "json+base64" | "json";
  /** Asks for compressed arrays in the answer. This pays only on slow networks. */
  readonly compression?: "lz4" | "none";
  /** Aborts the call. The Tesseract sees that the connection is closed, and stops the call, too. */
  readonly signal?: AbortSignal;
  /** The most milliseconds that a call may take. */
  readonly timeout?: number;
  /** Names the run in the logs and files of the Tesseract. */
  readonly runId?: string;
}

/** Options of a connection: the defaults for each of its calls. */
export type ConnectOptions = Omit<CallOptions, "runId">;

/** A long run. */
export interface Run<Outputs = unknown> {
  readonly id: string;
  /** Its status now. With `wait`, its status when that has changed, or after this many seconds at the latest. */
  status(options?: CallOptions & { readonly wait?: number }): Promise<RunStatus>;
  /**
   * Its events until it has ended: all of them, or those after the event whose id is `after`. If the connection is cut,
   * a new one continues at the same place.
   */
  events(options?: CallOptions & { readonly after?: string }): AsyncIterable<RunEvent>;
  /**
   * Waits until it has ended, and returns its outputs. Rejects as `apply` does; with status 410 if it was cancelled. A
   * server that does not answer is asked again for a minute: it may be restarting.
   */
  result(options?: CallOptions): Promise<Outputs>;
  /** Cancels the run. If it has ended, the Tesseract deletes it with all its files. */
  cancel(options?: CallOptions): Promise<void>;
}

// The types of a run stand here again: those of the server would have a client's program check all files of the server.

/** An event of a run; `log`: a line that its code has printed. */
export type RunEvent =
  & { readonly id: string }
  & (
    | { readonly type: "status"; readonly data: RunStatus }
    | { readonly type: "progress"; readonly data: { readonly fraction: number; readonly message: string | null } }
    | { readonly type: "log"; readonly data: { readonly line: string } }
    | {
      readonly type: "metric";
      readonly data: {
        readonly key: string;
        readonly value: number;
        readonly step: number;
        readonly timestamp: string;
      };
    }
  );

/** The status of a run. Times are in ISO 8601. */
export interface RunStatus {
  readonly run_id: string;
  readonly endpoint: string;
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly progress: { readonly fraction: number; readonly message: string | null } | null;
  readonly created: string;
  readonly started: string | null;
  readonly finished: string | null;
  /** Why it failed. */
  readonly error: string | null;
}

/**
 * A Tesseract that can be called. `T` is the type of its module, or what `tesseract-runtime client` has written.
 *
 * Each function rejects with a `TesseractError` if the call is refused or fails, with a `TypeError` if no answer comes
 * or an array cannot be sent, with the signal's reason (an `AbortError`) if that fires, and with a `TimeoutError` when
 * the time is up. None of them repeats a request by itself; only the functions of a `Run` do, as they say.
 */
export type Client<T = AnyTesseract> = Methods<InterfaceOf<T>>;

interface Methods<T extends Interface> {
  /** The outputs for given inputs. */
  apply(inputs: T["inputs"], options?: CallOptions): Promise<T["outputs"]>;

  /** The derivatives of each output by each input: arrays of shape `[...output.shape, ...input.shape]`. */
  jacobian<const P extends T["inputArrays"]["path"], const Q extends T["outputArrays"]["path"]>(
    inputs: T["inputs"],
    jacInputs: Iterable<P>,
    jacOutputs: Iterable<Q>,
    options?: CallOptions,
  ): Promise<
    { readonly [Out in Q]: { readonly [In in P]: Block<At<T["outputArrays"], Out>, At<T["inputArrays"], In>> } }
  >;

  /** The Jacobian times a tangent vector, which has an array of the shape of each of `jvpInputs`. */
  jacobianVectorProduct<const P extends T["inputArrays"]["path"], const Q extends T["outputArrays"]["path"]>(
    inputs: T["inputs"],
    jvpInputs: Iterable<P>,
    jvpOutputs: Iterable<Q>,
    tangentVector: { readonly [In in P]: Given<At<T["inputArrays"], In>> },
    options?: CallOptions,
  ): Promise<{ readonly [Out in Q]: ArrayAt<At<T["outputArrays"], Out>> }>;

  /** A cotangent vector, which has an array of the shape of each of `vjpOutputs`, times the Jacobian. */
  vectorJacobianProduct<const P extends T["inputArrays"]["path"], const Q extends T["outputArrays"]["path"]>(
    inputs: T["inputs"],
    vjpInputs: Iterable<P>,
    vjpOutputs: Iterable<Q>,
    cotangentVector: { readonly [Out in Q]: Given<At<T["outputArrays"], Out>> },
    options?: CallOptions,
  ): Promise<{ readonly [In in P]: ArrayAt<At<T["inputArrays"], In>> }>;

  /** The shapes and dtypes of the outputs from those of the inputs; arrays may be given, too. */
  abstractEval(abstractInputs: T["abstractInputs"], options?: CallOptions): Promise<T["abstractOutputs"]>;

  /**
   * Submits a long run of `apply`, and resolves as soon as the Tesseract has accepted it. The run goes on when this
   * program ends. With a Tesseract that has no long runs, it resolves when the outputs are computed. Submitting again
   * with the same `runId` and inputs is harmless: it gives the same run.
   */
  submit(inputs: T["inputs"], options?: CallOptions): Promise<Run<T["outputs"]>>;

  /** The long run of this name, which this program or another has submitted. Nothing is sent. */
  run(id: string): Run<T["outputs"]>;

  /** Does the Tesseract answer? */
  health(options?: CallOptions): Promise<{ readonly status: string }>;

  /** The OpenAPI document: which endpoints there are, and the schemas of what they take and give. */
  openapi(options?: CallOptions): Promise<{ readonly [field: string]: Loose }>;
}

/** The entry of a path; one entry may stand for many paths, by a pattern. */
type At<E extends Entry, P extends string> = E extends unknown ? P extends E["path"] ? E : never : never;

type Given<E extends Entry> = E extends unknown ? GivenFor<E["dtype"], E["shape"]> : never;

/** Always an array, of shape `[]` for a scalar. */
type ArrayAt<E extends Entry> = E extends unknown ? NdArray<DTypeOf<E["dtype"]>, E["shape"]> : never;

/** The derivative of one output by one input. Its dtype is whatever the module returned: look at `dtype`. */
type Block<Out extends Entry, In extends Entry> = ArrayOfAny<Exclude<DType, "bool">, Joined<Out["shape"], In["shape"]>>;

type ArrayOfAny<D extends DType, S extends Shape> = D extends DType ? NdArray<D, S> : never;

/** `[...A, ...B]`, any shape if one of them is. */
type Joined<A extends Shape, B extends Shape> = null extends A ? null
  : null extends B ? null
  : A extends readonly unknown[] ? B extends readonly unknown[] ? readonly [...A, ...B] : null
  : null;
