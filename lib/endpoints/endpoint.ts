/**
 * What an endpoint is. One file each implements it; the pipeline, the command line, HTTP and the OpenAPI document all
 * follow from the list of them (endpoints.ts).
 * @module
 */
import type { FunctionName, TesseractModule } from "../api/tesseract.ts";
import type { OutputFiles } from "../formats/format.ts";
import type { TellProgress } from "../runs/run_events.ts";
import type { Recorder } from "../runs/run_records.ts";
import type { Fault, FoundFaults } from "../schema/faults.ts";
import type { FilePlaces } from "../schema/file_paths.ts";
import type { NamedSizes } from "../schema/named_sizes.ts";
import type { Node, ObjectNode } from "../schema/node.ts";
import type { InputFiles } from "../storage/access.ts";

/** What is wrong with a payload, where only running the operation shows it. */
export class InvalidCall extends Error {
  override name = "InvalidCall";
  constructor(readonly faults: readonly Fault[], readonly omitted = 0) {
    super("the payload is not valid");
  }
}

/** What a call knows besides its payload (runs/run_context.ts). User code gets it, typed as `Context`. */
export interface CallContext extends FilePlaces, Recorder {
  readonly runId: string;
  /** Fires when the caller goes away or the time is up. */
  readonly signal: AbortSignal;
  readonly progress: TellProgress;
  /** The files that the payload may refer to. */
  readonly inputFiles: InputFiles;
  /** Where files of the result go. */
  readonly outputFiles: OutputFiles;
}

/** An operation on a Tesseract: `POST /<name>` over HTTP. */
export interface Operation {
  /** `apply`, `jacobian_vector_product`, …: the HTTP path. */
  readonly name: string;
  /** The schema of the payload: an object with `inputs` and whatever else the endpoint takes. */
  payload(module: TesseractModule): ObjectNode;
  /** Are arrays in the payload only `{shape, dtype}`? */
  readonly abstract: boolean;
  /**
   * Checks what the schema alone cannot say, after it: paths against the given inputs, tangents against both. May
   * replace parts of the payload by what they were cast to.
   */
  refine?(
    module: TesseractModule,
    payload: Record<string, unknown>,
    found: FoundFaults,
    sizes: NamedSizes,
  ): readonly Fault[];
  /**
   * Calls the user's function with a payload that fits, and checks what it returns. `sizes`: of the names in the shapes
   * of the payload, which are the same in the result.
   * Returns the tree to send, its arrays (and scalars) as `NdArray`s.
   * Throws `BadResult` (bad_result.ts) where the result does not fit, and `InvalidCall` where the payload turns out not
   * to; lets the user's own errors pass.
   */
  run(
    module: TesseractModule,
    payload: Record<string, unknown>,
    context: CallContext,
    sizes: NamedSizes,
  ): Promise<unknown>;
}

/** An operation of this program's own interface: on the command line it is `<name with dashes>`. */
export interface Endpoint extends Operation {
  /** The user's function that it calls; `undefined`: it calls other endpoints. */
  readonly functionName: FunctionName | undefined;
  /** How it stands in the OpenAPI document. */
  readonly openapi: {
    /** Of the components of its inputs and outputs: `Apply` gives `Apply_InputSchema`. */
    readonly prefix: string;
    /** The names of its payload and its result: `ApplyInputSchema`, `ApplyOutputSchema`. */
    readonly input: string;
    readonly output: string;
    /** What it does, in full. */
    readonly description: string;
    /** What the fields of its payload are, `inputs` and the others. */
    readonly fields: Readonly<Record<string, string>>;
    /** The schema of its result: the module's output schema itself, or one of the endpoint's own. */
    result(module: TesseractModule): Node;
    /** What its result is. */
    readonly resultDescription: string;
  };
}
