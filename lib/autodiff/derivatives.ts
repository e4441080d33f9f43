/**
 * The derivative functions of a module, from the code of its `apply`. They stand in for functions that an author would
 * write: they take validated inputs and vectors, and return arrays that the endpoints check.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { DTYPES } from "../arrays/dtypes.ts";
import { type NdArray, sizeOf } from "../arrays/ndarray.ts";
import { differentiablePatterns, typeAtPath } from "../schema/paths.ts";
import { type Output, outputAt } from "./outputs.ts";
import { keepsState } from "./copy.ts";
import { inTurn, run } from "./run.ts";
import { type Place, placeOf, seed } from "./seeds.ts";
import type { Mode } from "./runtime/active.ts";
import { StartAgain } from "./runtime/start_again.ts";
import { checkStale, leaves, makeBars, sweep, sweepForwards, T } from "./runtime/tape.ts";

type Paths = ReadonlySet<string>;
type Vectors = Readonly<Record<string, NdArray>>;

const MOST_BYTES = 1 << 27;
/** So many columns or rows of the Jacobian are computed at once, if their adjoints fit into `MOST_BYTES`. */
const WIDTH = 16;

/** The Jacobian times a tangent vector. */
export function jacobianVectorProduct(
  module: TesseractModule,
  inputs: unknown,
  inputPaths: Paths,
  outputPaths: Paths,
  tangents: Vectors,
  context: unknown,
): Promise<Record<string, NdArray>> {
  return inTurn(async () => {
    const places = [...inputPaths].map((path) => placeOf(inputs, path));
    const tangent = (place: Place) => new Float64Array(tangents[place.path]!.data as Float64Array);
    const by = places.filter((place) => tangent(place).some((d) => d !== 0)).map(({ path }) => path);
    // In forward mode a number whose tangent is 0 is a constant. A module that keeps it from call to call would give it
    // as a constant to later calls along other tangents, so such a module is recorded on a tape, where it is active.
    if (!await keepsState(module, by)) {
      try {
        const read = (outputs: unknown) => products(outputsAt(module, outputs, outputPaths));
        return await run(module, "forwards", () => seed(inputs, places, tangent), context, read, by);
      } catch (error) {
        // It turned out to keep something.
        if (!(error instanceof StartAgain)) throw error;
      }
    }
    return await recorded(module, inputs, new Set(by), outputPaths, context, async (places, outputs) => {
      const dots = makeBars(1);
      for (const { path, first } of places) dots.data.set(tangents[path]!.data as Float64Array, first);
      await sweepForwards(dots);
      const dotOf = (id: number) => id === 0 ? 0 : dots.data[id]!;
      return products(outputs.map((output) => ({ ...output, parts: output.parts.map(dotOf) })));
    }, "forwards on tape");
  });
}

/** Outputs whose parts are tangents, as arrays of these. */
function products(outputs: readonly Output[]): Record<string, NdArray> {
  return Object.fromEntries(outputs.map(({ path, shape, parts }) => {
    for (const part of parts) if (Number.isNaN(part)) checkStale(part);
    return [path, float64(shape, parts)];
  }));
}

/** A cotangent vector times the Jacobian. */
export function vectorJacobianProduct(
  module: TesseractModule,
  inputs: unknown,
  inputPaths: Paths,
  outputPaths: Paths,
  cotangents: Vectors,
  context: unknown,
): Promise<Record<string, NdArray>> {
  return inTurn(() =>
    recorded(module, inputs, inputPaths, outputPaths, context, async (places, outputs) => {
      const bars = makeBars(1);
      for (const { path, shape, parts } of outputs) {
        const { data, shape: given } = cotangents[path]!;
        if (given.join() !== shape.join()) {
          throw new TypeError(
            `the cotangent of '${path}' has the shape [${given.join(", ")}], the output [${shape.join(", ")}]`,
          );
        }
        for (let k = 0; k < parts.length; k++) bars.data[parts[k]!]! += data[k] as number;
        bars.data[0] = 0;
      }
      await sweep(bars);
      return gradients(places, bars.data);
    })
  );
}

/** The Jacobian: `{output: {input: array}}`. */
export function jacobian(
  module: TesseractModule,
  inputs: unknown,
  inputPaths: Paths,
  outputPaths: Paths,
  context: unknown,
): Promise<Record<string, Record<string, NdArray>>> {
  return inTurn(async () => {
    const blocks: Record<string, Record<string, NdArray>> = {};
    // A tape with events can be swept only once: then each group of rows needs a run of its own.
    let next: number | undefined = 0;
    const use = (places: Recorded[], outputs: Output[]) => fill(blocks, places, outputs, next!);
    while (next !== undefined) next = await recorded(module, inputs, inputPaths, outputPaths, context, use);
    return blocks;
  });
}

export interface Recorded extends Place {
  /** The statement of its first element; those of the others follow. */
  readonly first: number;
}

/** What a sweep found for inputs. */
export function gradients(places: readonly Recorded[], found: Float64Array): Record<string, NdArray> {
  return Object.fromEntries(
    places.map(({ path, shape, size, first }) => [path, float64(shape, found.slice(first, first + size))]),
  );
}

/** Runs the copy and records it, with a statement for each element of the inputs; `use` then reads the tape. */
export function recorded<R>(
  module: TesseractModule,
  inputs: unknown,
  inputPaths: Paths,
  outputPaths: Paths,
  context: unknown,
  use: (places: Recorded[], outputs: Output[]) => R | Promise<R>,
  mode: Mode = "backwards",
): Promise<R> {
  let places: Recorded[] = [];
  const seeded = () => {
    places = [...inputPaths].map((path) => {
      const place = placeOf(inputs, path);
      return { ...place, first: leaves(place.size) };
    });
    return seed(inputs, places, ({ size, first }) => {
      const parts = new Float64Array(size);
      for (let i = 0; i < parts.length; i++) parts[i] = first + i;
      return parts;
    });
  };
  const read = (outputs: unknown) => use(places, outputsAt(module, outputs, outputPaths));
  return run(module, mode, seeded, context, read, inputPaths);
}

/** Fills in the Jacobian from row `start` on. Returns the row to go on with in another run, if some are left. */
async function fill(
  blocks: Record<string, Record<string, NdArray>>,
  places: readonly Recorded[],
  outputs: readonly Output[],
  start: number,
): Promise<number | undefined> {
  if (start === 0) {
    for (const { path, shape, dtype } of outputs) {
      const type = dtype !== undefined && DTYPES[dtype].kind === "float" ? dtype as "float64" : "float64";
      blocks[path] = Object.fromEntries(places.map((place) => {
        const sizes = [...shape, ...place.shape];
        return [place.path, { dtype: type, shape: sizes, data: new DTYPES[type].array(sizeOf(sizes)) }];
      }));
    }
  }
  const rows = outputs.reduce((sum, { parts }) => sum + parts.length, 0);
  const columns = places.reduce((sum, { size }) => sum + size, 0);
  const byColumns = T.events.length === 0 && columns < rows;
  const elements = byColumns
    ? places.flatMap(({ path, size, first }) => Array.from({ length: size }, (_, k) => ({ path, id: first + k, k })))
    : outputs.flatMap(({ path, parts }) => Array.from(parts, (id, k) => ({ path, id, k })));
  const width = Math.max(1, Math.min(WIDTH, Math.floor(MOST_BYTES / (8 * (T.n + 1)))));
  for (let from = start; from < elements.length; from += width) {
    const some = elements.slice(from, from + width), bars = makeBars(some.length);
    for (const [c, { id }] of some.entries()) if (id !== 0) bars.data[id * some.length + c] = 1;
    const readOnce = T.events.length > 0;
    await (byColumns ? sweepForwards(bars) : sweep(bars));
    for (const [c, { path, k }] of some.entries()) {
      const found = (id: number): number => id === 0 ? 0 : bars.data[id * some.length + c]!;
      if (byColumns) {
        for (const { path: output, parts } of outputs) setColumn(blocks[output]![path]!, k, parts, found);
      } else {
        for (const { path: input, size, first } of places) {
          const { data } = blocks[path]![input]!;
          for (let i = 0; i < size; i++) data[k * size + i] = found(first + i);
        }
      }
    }
    if (readOnce && from + width < rows) return from + width;
  }
  return undefined;
}

/** Puts the derivatives of all elements of an output by the k-th element of an input into their block. */
function setColumn({ data }: NdArray, k: number, parts: Float64Array, found: (id: number) => number): void {
  const size = data.length / parts.length;
  for (const [row, id] of parts.entries()) {
    const d = found(id);
    if (Number.isNaN(d)) checkStale(d);
    data[row * size + k] = d;
  }
}

function outputsAt(module: TesseractModule, outputs: unknown, paths: Paths): Output[] {
  const known = differentiablePatterns(module.outputs);
  return [...paths].map((path) => {
    const type = typeAtPath(known, path)!;
    const output = outputAt(outputs, path, type);
    return { ...output, dtype: type.dtype ?? output.dtype };
  });
}

const float64 = (shape: readonly number[], data: Float64Array): NdArray => ({
  dtype: "float64",
  shape: [...shape],
  data: data as Float64Array<ArrayBuffer>,
});
