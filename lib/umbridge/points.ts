/**
 * The inputs at which clients call: those of the payload of `--umbridge` with the fields of a client's `config`. The
 * client's vectors then replace the differentiable arrays.
 * @module
 */
import { abstractEval } from "../endpoints/abstract_eval.ts";
import { apply } from "../endpoints/apply.ts";
import { type CallContext, InvalidCall, type Operation } from "../endpoints/endpoint.ts";
import { compute } from "../endpoints/pipeline.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { isNdArray, type NdArray } from "../arrays/ndarray.ts";
import { type Node, unwrap } from "../schema/node.ts";
import { arrayPatterns, differentiablePatterns, getPath, typeAtPath } from "../schema/paths.ts";
import { validate } from "../schema/validate.ts";
import { type Place, placesIn, withArrays } from "./vectors.ts";
import { isRecord } from "../is_record.ts";

/** How many configurations are cached. */
const MOST = 16;

/** The inputs of a configuration, before a client's vectors are put in. */
export class Point {
  /** The differentiable arrays of the inputs. */
  readonly places: readonly Place[];
  readonly #validated: unknown;
  #outputs: Promise<readonly Place[]> | undefined;

  /** Throws `InvalidCall` for inputs that are not valid. */
  constructor(private readonly module: TesseractModule, private readonly inputs: unknown, context: CallContext) {
    this.#validated = validInputs(module, inputs, context);
    this.places = placesIn(this.#validated, differentiablePatterns(module.inputs));
  }

  /** The inputs with these arrays, for a call of its own. */
  with(arrays: Readonly<Record<string, NdArray>>): unknown {
    return withArrays(this.inputs, this.#validated, this.places.map((place) => [place, arrays[place.path]]));
  }

  /** The differentiable arrays of the outputs: found by `abstractEval`, or by `apply` if there is none. */
  outputs(context: CallContext): Promise<readonly Place[]> {
    if (this.#outputs === undefined) {
      const outputs = this.#outputs = this.#findOutputs(context);
      outputs.catch(() => this.#outputs = undefined);
    }
    return this.#outputs;
  }

  /** Finds them in outputs that were computed anyway, and keeps them for `outputs`. */
  learn(outputs: unknown): readonly Place[] {
    const places = placesIn(outputs, differentiablePatterns(this.module.outputs));
    this.#outputs ??= Promise.resolve(places);
    return places;
  }

  async #findOutputs(context: CallContext): Promise<readonly Place[]> {
    const { module } = this;
    const isAbstract = module.functions.abstractEval !== undefined;
    const inputs = withArrays(this.inputs, this.#validated, isAbstract ? this.#abstractArrays() : []);
    const outputs = await resultOf(module, isAbstract ? abstractEval : apply, { inputs }, context);
    return placesIn(outputs, differentiablePatterns(module.outputs));
  }

  #abstractArrays(): (readonly [Place, unknown])[] {
    const patterns = arrayPatterns(this.module.inputs);
    return placesIn(this.#validated, patterns).map((place) => {
      const array = getPath(this.#validated, place.segments);
      const dtype = isNdArray(array) ? array.dtype : typeAtPath(patterns, place.path)?.dtype ?? "float64";
      return [place, { shape: place.shape, dtype }];
    });
  }
}

/** The points of all configurations. */
export class Points {
  readonly #known = new Map<string, Promise<Point>>();

  /** `inputs`: those of the payload, decoded. */
  constructor(private readonly module: TesseractModule, private readonly inputs: unknown) {}

  /** The point of a configuration. */
  at(config: Readonly<Record<string, unknown>>, context: CallContext): Promise<Point> {
    const key = JSON.stringify(config);
    const point = this.#known.get(key) ?? this.#make(config, context);
    // Moves to the end of the map, which drops the least recently used first.
    this.#known.delete(key);
    this.#known.set(key, point);
    point.catch(() => this.#known.delete(key));
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    return point;
  }

  async #make(config: Readonly<Record<string, unknown>>, context: CallContext): Promise<Point> {
    const { module } = this;
    const options = { schema: module.inputs, inputFiles: context.inputFiles };
    const decoded = await decodeArrays(structuredClone(config), options);
    return new Point(module, merged(module.inputs, this.inputs, decoded), context);
  }
}

/** Inputs with some fields replaced: objects are merged field by field, all other values are replaced as a whole. */
function merged(node: Node, inputs: unknown, fields: unknown): unknown {
  const { kind, fields: known } = unwrap(node) as Partial<Extract<Node, { kind: "object" }>>;
  if (kind !== "object" || !isRecord(inputs) || !isRecord(fields)) return fields;
  const result = new Map(Object.entries(inputs));
  for (const [name, value] of Object.entries(fields)) {
    const field = known!.get(name);
    result.set(name, field && result.has(name) ? merged(field, result.get(name), value) : value);
  }
  return Object.fromEntries(result);
}

/** Inputs as user code gets them. Throws `InvalidCall` for those that are not valid. */
export function validInputs(module: TesseractModule, inputs: unknown, context: CallContext): unknown {
  const { value, faults, omitted } = validate(module.inputs, inputs, "input", { places: context });
  if (faults.length === 0) return value;
  throw new InvalidCall(faults.map((fault) => ({ ...fault, loc: ["inputs", ...fault.loc] })), omitted);
}

/** The result of one of this program's own endpoints. */
export async function resultOf(
  module: TesseractModule,
  endpoint: Operation,
  payload: unknown,
  context: CallContext,
): Promise<unknown> {
  const outcome = await compute(module, endpoint, payload, context);
  if (outcome.status === "invalid") throw new InvalidCall(outcome.faults, outcome.omitted);
  if (outcome.status === "failed") throw outcome.error;
  return outcome.result;
}
