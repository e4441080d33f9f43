import { z } from "zod";
import type { TesseractModule } from "../api/tesseract.ts";
import type { NdArray } from "../arrays/ndarray.ts";
import { apply } from "../endpoints/apply.ts";
import { type CallContext, InvalidCall, type Operation } from "../endpoints/endpoint.ts";
import { jacobianVectorProduct, vectorJacobianProduct } from "../endpoints/products.ts";
import { importLater } from "../import_later.ts";
import { array } from "../schema/array_types.ts";
import type { ObjectNode } from "../schema/node.ts";
import { getPath } from "../schema/paths.ts";
import { readSchema } from "../schema/read.ts";
import { withProducts } from "./derivatives.ts";
import { type Point, Points, resultOf, validInputs } from "./points.ts";
import { type ErrorType, INFO, type ModelName, type OperationName, OPERATIONS } from "./protocol.ts";
import { arraysOf, elementsOf, type Place, sizeOfVector, type Vector } from "./vectors.ts";

const numbers = array([null], "float64");
const position = z.int().min(0);

/** What clients send: each operation uses some of it. Only `name` is required: an unknown model is reported first. */
const REQUEST = z.looseObject({
  name: z.string(),
  config: z.record(z.string(), z.any()).nullish(),
  input: z.array(numbers).optional(),
  outWrt: position.optional(),
  inWrt: position.optional(),
  inWrt1: position.optional(),
  inWrt2: position.optional(),
  sens: numbers.optional(),
  vec: numbers.optional(),
});
type Request = {
  -readonly [K in keyof z.output<typeof REQUEST>]: K extends "input" ? NdArray<"float64">[]
    : K extends "sens" | "vec" ? NdArray<"float64">
    : z.output<typeof REQUEST>[K];
};

/** A call of an operation. */
interface Asked {
  readonly module: TesseractModule;
  readonly context: CallContext;
  readonly request: Request;
  readonly point: Point;
  /** Groups arrays into the vectors of the model that the client names. */
  readonly vectorsOf: (places: readonly Place[]) => readonly Vector[];
}

const RUN: Readonly<Record<Exclude<OperationName, "ModelInfo">, (asked: Asked) => Promise<unknown>>> = {
  InputSizes: ({ point, vectorsOf }) => Promise.resolve({ inputSizes: vectorsOf(point.places).map(sizeOfVector) }),

  OutputSizes: async ({ point, vectorsOf, context }) => ({
    outputSizes: vectorsOf(await point.outputs(context)).map(sizeOfVector),
  }),

  async Evaluate(asked) {
    const { module, point, vectorsOf, context } = asked;
    const outputs = await resultOf(module, apply, { inputs: inputsOf(asked) }, context);
    const vectors = vectorsOf(point.learn(outputs));
    return { output: vectors.map((vector) => finite(vector, ({ segments }) => getPath(outputs, segments))) };
  },

  Gradient: (asked) =>
    multiply(asked, { endpoint: vectorJacobianProduct, prefix: "vjp", vector: "cotangent_vector", sent: "sens" }),

  ApplyJacobian: (asked) =>
    multiply(asked, { endpoint: jacobianVectorProduct, prefix: "jvp", vector: "tangent_vector", sent: "vec" }),

  async ApplyHessian(asked) {
    const { module, point, vectorsOf, context } = asked;
    const by = pick(asked, "inWrt1", vectorsOf(point.places)), along = pick(asked, "inWrt2", vectorsOf(point.places));
    const of = pick(asked, "outWrt", vectorsOf(await point.outputs(context)));
    const inputs = validInputs(module, inputsOf(asked), context);
    const [cotangents, tangents] = [given(asked, "sens", of), given(asked, "vec", along)];
    const derivatives = await importLater<typeof import("../autodiff/second_derivatives.ts")>(
      "autodiff/second_derivatives.ts",
    );
    try {
      const arrays = await derivatives.hessianVectorProduct(
        module,
        inputs,
        pathsOf(by),
        cotangents,
        tangents,
        context,
      );
      return { output: finite(by, ({ path }) => arrays[path]) };
    } catch (error) {
      if (!(error instanceof derivatives.NoSecondDerivative)) throw error;
      console.error(`Error: ${error.message}`);
      throw fault("UnsupportedFeature", [], "A part of the component has first derivatives only");
    }
  },
};

/** What the operation needs of the module. */
function supports(name: OperationName, { functions, derivatives }: TesseractModule): boolean {
  if (name === "Gradient") return functions.vectorJacobianProduct !== undefined;
  if (name === "ApplyJacobian") return functions.jacobianVectorProduct !== undefined;
  return name !== "ApplyHessian" || derivatives === "auto";
}

/**
 * UM-Bridge's operations on a module, each made of this program's own. `inputs`: those of the payload that fills in
 * what is not a vector, decoded.
 */
export function createOperations(original: TesseractModule, inputs: unknown): Operation[] {
  const points = new Points(original, inputs);
  const own = withProducts(original);
  const { node } = readSchema(REQUEST, "");
  return OPERATIONS.map((name) => ({
    name,
    abstract: false,
    payload: () => node as ObjectNode,
    async run(given, payload, context) {
      // When a call is measured, `given` is a copy of the module whose functions are timed.
      const module = given === original ? own : withProducts(given);
      const request = payload as Request;
      const model = INFO.models.find((model) => model === request.name);
      if (model === undefined) {
        throw fault(
          "ModelNotFound",
          ["name"],
          `There is no model '${request.name}'; there are ${INFO.models.join(", ")}`,
        );
      }
      if (name === "ModelInfo") {
        const operations = OPERATIONS.slice(3);
        return { support: Object.fromEntries(operations.map((name) => [name, supports(name, module)])) };
      }
      if (!supports(name, module)) {
        throw fault("UnsupportedFeature", [], `The component does not define what ${name} needs`);
      }
      const point = await points.at(request.config ?? {}, context);
      return await RUN[name]({ module, context, request, point, vectorsOf: VECTORS[model] });
    },
  }));
}

const VECTORS: Readonly<Record<ModelName, Asked["vectorsOf"]>> = {
  forward: (places) => places.map((place) => [place]),
  flat: (places) => [places],
};

/** The inputs with the vectors of a request. */
function inputsOf({ request, point, vectorsOf }: Asked): unknown {
  const vectors = vectorsOf(point.places), { input } = request;
  if (input?.length !== vectors.length) {
    const found = input === undefined ? "none" : input.length;
    throw fault("InvalidInput", ["input"], `Expected a list of ${vectors.length} vectors, got ${found}`);
  }
  const arrays = vectors.map((vector, i) => arraysOf(vector, elementsFor(vector, input[i]!, ["input", i])));
  return point.with(Object.assign({}, ...arrays));
}

/** One of the vectors, by its position. */
function pick({ request }: Asked, field: "outWrt" | "inWrt" | "inWrt1" | "inWrt2", vectors: readonly Vector[]): Vector {
  const position = request[field], vector = vectors[position ?? -1];
  if (vector !== undefined) return vector;
  throw fault(
    "InvalidInput",
    [field],
    `Expected a position from 0 to ${vectors.length - 1}, got ${position ?? "none"}`,
  );
}

/** The arrays of a vector that a request gives. */
const given = ({ request }: Asked, field: "sens" | "vec", vector: Vector): Record<string, NdArray> =>
  arraysOf(vector, elementsFor(vector, request[field], [field]));

function elementsFor(vector: Vector, given: NdArray<"float64"> | undefined, loc: (string | number)[]): Float64Array {
  const size = sizeOfVector(vector), found = given?.data.length ?? 0;
  if (given !== undefined && found === size) return given.data;
  const places = vector.map(({ path }) => path).join(", ");
  const expected = `${size} number${size === 1 ? "" : "s"} (${places})`;
  throw fault("InvalidInput", loc, `Expected ${expected}, got ${given === undefined ? "none" : found}`);
}

const pathsOf = (vector: Vector): string[] => vector.map(({ path }) => path);

/** A product with the Jacobian: its endpoint, the names of the fields there, and UM-Bridge's name of the vector. */
interface Product {
  readonly endpoint: Operation;
  readonly prefix: "jvp" | "vjp";
  readonly vector: string;
  readonly sent: "sens" | "vec";
}

async function multiply(asked: Asked, { endpoint, prefix, vector, sent }: Product): Promise<{ output: number[] }> {
  const { module, point, vectorsOf, context } = asked;
  const by = pick(asked, "inWrt", vectorsOf(point.places));
  const of = pick(asked, "outWrt", vectorsOf(await point.outputs(context)));
  const [from, to] = prefix === "jvp" ? [by, of] : [of, by];
  const payload = {
    inputs: inputsOf(asked),
    [`${prefix}_inputs`]: pathsOf(by),
    [`${prefix}_outputs`]: pathsOf(of),
    [vector]: given(asked, sent, from),
  };
  const arrays = await resultOf(module, endpoint, payload, context) as Record<string, NdArray>;
  return { output: finite(to, ({ path }) => arrays[path]) };
}

/** The elements of a result, which JSON can hold only if they are finite. */
function finite(vector: Vector, arrayAt: (place: Place) => unknown): number[] {
  return vector.flatMap((place) => {
    const elements = elementsOf([place], arrayAt);
    const i = elements.findIndex((element) => !Number.isFinite(element));
    if (i < 0) return elements;
    throw fault("InvalidOutput", [place.path], `It has ${elements[i]} at ${i}, for which JSON has no number`);
  });
}

function fault(type: ErrorType, loc: (string | number)[], message: string): InvalidCall {
  return new InvalidCall([{ type, loc, message }]);
}
