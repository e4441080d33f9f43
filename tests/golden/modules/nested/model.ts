/** The chain of layers and its derivative, as plain lists of numbers by path. */

type Numbers = ArrayLike<number>;
interface Vector {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** As much of the inputs as the formulas need. */
export interface Point {
  readonly x: Vector;
  readonly layers: readonly { weight: Vector; bias: Vector; activation: "linear" | "square" }[];
  readonly params: Readonly<Record<string, number>>;
  readonly span: readonly [Vector, Vector];
  readonly offset: Vector | null;
  readonly source: { kind: "constant"; value: number } | { kind: "ramp"; start: number; step: number };
}

/** An array of numbers by its path. */
export type ByPath = Map<string, { shape: readonly number[]; data: Numbers }>;

/** What the layers compute at a point. */
interface State {
  /** The input of each layer, and last the output of all. */
  h: Numbers[];
  /** What each layer computes before its activation. */
  z: number[][];
  value: number[];
  norm: number;
  rate: number;
}

/** Runs the layers. */
export function evaluate({ x, layers, params, offset, source }: Point): State {
  const h: Numbers[] = [x.data];
  const z = layers.map(({ weight, bias, activation }, k) => {
    const input = h.at(-1)!;
    const [rows, columns] = weight.shape as [number, number];
    if (columns !== input.length || rows !== bias.data.length) throw new Error(`layer ${k} does not fit`);
    const sums = Array.from({ length: rows }, (_, i) => {
      let sum = bias.data[i]!;
      for (let j = 0; j < columns; j++) sum += weight.data[i * columns + j]! * input[j]!;
      return sum;
    });
    h.push(activation === "square" ? sums.map((v) => v * v) : sums);
    return sums;
  });
  const rate = Object.hasOwn(params, "rate") ? params["rate"]! : 1;
  const value = Array.from(h.at(-1)!, (v, i) => {
    const term = source.kind === "constant" ? source.value : source.start + source.step * i;
    return rate * v + (offset === null ? 0 : offset.data[i]!) + term;
  });
  let squares = 0;
  for (const v of value) squares += v * v;
  return { h, z, value, norm: Math.sqrt(squares), rate };
}

/** A record key as it stands in a path. */
function key(name: string): string {
  return `{${name.replace(/[\\{}]/g, "\\$&")}}`;
}

/** The differentiable inputs that are there. */
export function inputArrays(point: Point): ByPath {
  const arrays: ByPath = new Map([["x", point.x]]);
  point.layers.forEach((layer, k) => {
    arrays.set(`layers.[${k}].weight`, layer.weight).set(`layers.[${k}].bias`, layer.bias);
  });
  for (const [name, value] of Object.entries(point.params)) {
    arrays.set(`params.${key(name)}`, { shape: [], data: [value] });
  }
  point.span.forEach((corner, k) => arrays.set(`span.[${k}]`, corner));
  if (point.offset !== null) arrays.set("offset", point.offset);
  return arrays;
}

/** How all outputs move when the inputs move by `tangents` (inputs that are not named stay where they are). */
export function forward(point: Point, tangents: ReadonlyMap<string, Numbers>): ByPath {
  const { h, z, value, norm, rate } = evaluate(point);
  const along = (path: string) => (i: number) => tangents.get(path)?.[i] ?? 0;
  const outputs: ByPath = new Map();
  let dh: number[] = Array.from(h[0]!, (_, i) => along("x")(i));
  point.layers.forEach(({ weight, activation }, k) => {
    const dWeight = along(`layers.[${k}].weight`);
    const dBias = along(`layers.[${k}].bias`);
    const columns = weight.shape[1]!;
    const dz = z[k]!.map((_, i) => {
      let sum = dBias(i);
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        sum += dWeight(at) * h[k]![j]! + weight.data[at]! * dh[j]!;
      }
      return sum;
    });
    dh = activation === "square" ? dz.map((d, i) => 2 * z[k]![i]! * d) : dz;
    outputs.set(`activations.[${k}]`, { shape: [dh.length], data: dh });
  });
  const dRate = along("params.{rate}")(0);
  const dValue = dh.map((d, i) => dRate * h.at(-1)![i]! + rate * d + along("offset")(i));
  let dot = 0;
  value.forEach((v, i) => dot += v * dValue[i]!);
  outputs.set("final.value", { shape: [dValue.length], data: dValue });
  outputs.set("final.norm", { shape: [], data: [norm === 0 ? 0 : dot / norm] });
  for (const name of Object.keys(point.params)) {
    outputs.set(`doubled.${key(name)}`, { shape: [], data: [2 * along(`params.${key(name)}`)(0)] });
  }
  outputs.set("middle", { shape: [2], data: [0, 1].map((i) => (along("span.[0]")(i) + along("span.[1]")(i)) / 2) });
  return outputs;
}

/** The array at a path; throws where nothing is there. */
export function at(arrays: ByPath, path: string) {
  const found = arrays.get(path);
  if (found === undefined) throw new Error(`nothing at ${path}`);
  return found;
}

/** One block of the Jacobian: rows of the output's elements, columns of the input's. */
export function block(point: Point, output: string, input: string) {
  const into = at(inputArrays(point), input);
  const columns = Array.from(into.data, (_, e) => {
    const oneHot = Array.from(into.data, (_, i) => (i === e ? 1 : 0));
    return at(forward(point, new Map([[input, oneHot]])), output);
  });
  const shape = at(forward(point, new Map()), output).shape;
  const rows = shape.reduce((size, n) => size * n, 1);
  const data = new Float64Array(rows * columns.length);
  columns.forEach((column, e) => {
    for (let r = 0; r < rows; r++) data[r * columns.length + e] = column.data[r]!;
  });
  return { shape: [...shape, ...into.shape], data };
}
