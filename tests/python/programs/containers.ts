/** Lists, maps, sets, generators, iteration, labels, exceptions. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

function* running(values: Iterable<number>): Generator<number, number, number | undefined> {
  let sum = 0;
  for (const value of values) {
    sum += value;
    const factor = yield sum;
    if (factor !== undefined) sum *= factor;
  }
  return sum;
}

class Negative extends Error {
  constructor(readonly value: number) {
    super("negative");
  }
}

const root = (x: number): number => {
  if (x < 0) throw new Negative(x);
  return Math.sqrt(x);
};

const safeRoot = (x: number): number => {
  try {
    return root(x);
  } catch (error) {
    if (error instanceof Negative) return -root(-error.value);
    throw error;
  } finally {
    x = 0;
  }
};

export default defineTesseract({
  InputSchema: z.object({ x: differentiable(array([null], "float64")) }),
  OutputSchema: z.object({
    sums: differentiable(array([null], "float64")),
    roots: differentiable(array([null], "float64")),
    grouped: differentiable(array([null], "float64")),
    moved: differentiable(array([null], "float64")),
    total: differentiable(array([], "float64")),
  }),
  derivatives: "auto",

  apply({ x }) {
    const data = x.data;
    const sums: number[] = [];
    const iterator = running(data);
    for (let step = iterator.next(); !step.done; step = iterator.next(data[0]!)) sums.push(step.value);

    const groups = new Map<string, number>();
    for (const [i, value] of data.entries()) {
      const key = i % 2 === 0 ? "even" : "odd";
      groups.set(key, (groups.get(key) ?? 1) * value);
    }
    const seen = new Set<{ value: number }>();
    for (const value of data) seen.add({ value: value ** 3 });

    const moved = Float64Array.from(data);
    moved.copyWithin(0, 2);
    moved.subarray(1).set(data.subarray(0, 2));
    moved.reverse().fill(data[1]! * data[2]!, 0, 1);

    let total = 0;
    outer: for (const a of data) {
      for (const { value } of seen) {
        if (value > a) continue outer;
        total += a * value;
      }
    }
    const [first = 7] = data;
    total += [data].flatMap((part) => [...part.filter((value) => value > 0)]).reduce((p, q) => p * q, 1) +
      first * data.length;
    return { sums, roots: data.map(safeRoot), grouped: [...groups.values()], moved, total };
  },
});
