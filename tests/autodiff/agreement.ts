/** Programs have one derivative, by whatever way: forwards, backwards, as a Jacobian, dynamic, specialised, by differences. */
import { close, type Functions } from "./module.ts";

const POINTS = [[0.63, -0.41, 0.87], [-1.17, 0.29, 0.52]];

/** What became of programs whose derivatives are no error. */
export interface Found {
  /** So many have a kink or a jump at the point, so that differences are no measure. */
  kinks: number;
  /** So many cannot be followed, and say so. */
  refused: number;
  /** So many end with an error, in `apply` as in the copy. */
  throwing: number;
}

/** Checks the functions of a module; adds what becomes of them. Throws for a derivative that is wrong. */
export async function agreement(
  functions: Functions,
  bodies: Readonly<Record<string, string>>,
  found: Found,
  mayRefuse = false,
): Promise<void> {
  const names = new Set(Object.keys(bodies)), dynamic = new Map<string, number[][]>();
  for (const phase of ["dynamic", "specialised"]) {
    for (const name of names) {
      for (const [k, x] of POINTS.entries()) {
        try {
          if (await bothThrow(functions, name, x)) found.throwing++;
          else if (phase === "specialised") {
            close(await functions.agree(name, x), dynamic.get(name + k)!, 1e-12, `${name}: specialised and dynamic`);
            continue;
          } else if (k > 0) {
            // What was seen at the first point only must not be believed at the second.
            dynamic.set(name + k, await functions.jacobian(name, x));
            continue;
          } else {
            const jacobian = await functions.agree(name, x);
            dynamic.set(name + k, jacobian);
            if (!await areDifferences(functions, name, x, jacobian)) found.kinks++;
            continue;
          }
        } catch (error) {
          if (!mayRefuse || (error as Error).name !== "NotFollowed") {
            throw new Error(`${phase} at ${x}:\n${bodies[name]}\n${(error as Error).message}`, { cause: error });
          }
          found.refused++;
        }
        names.delete(name);
        break;
      }
    }
    functions.specialise();
  }
}

/** Does `apply` end with an error? Then the copy is to end with one of the same kind. */
async function bothThrow(functions: Functions, name: string, x: number[]): Promise<boolean> {
  const errorOf = (call: () => Promise<unknown>) => call().then(() => undefined, (error: unknown) => error);
  const expected = await errorOf(() => functions.value(name, x));
  if (expected === undefined) return false;
  for (const backward of [false, true]) {
    const error = await errorOf(() => functions.copyValue(name, x, backward));
    // Their words differ: they quote the code.
    if ((error as Error | undefined)?.name !== (expected as Error).name) {
      throw new Error(`${error}, where apply has: ${expected}`);
    }
  }
  return true;
}

/** Is it what differences give? `false`: there is a kink beside the point. Throws where it is not. */
async function areDifferences(functions: Functions, name: string, x: number[], found: number[][]): Promise<boolean> {
  // What is no number has no differences, nor has what grows beyond all numbers.
  const isNumber = (await functions.value(name, x)).map((value) => Math.abs(value) < 1e12);
  const numbers = (rows: number[][]) => rows.filter((_, i) => isNumber[i]);
  let error: unknown;
  for (const step of [1e-3, 1e-4, 1e-5, 1e-6]) {
    try {
      const differences = await functions.differences(name, x, step);
      close(numbers(found), numbers(differences), Math.max(1e-7, 1e-12 / step), `${name}: differences`);
      return true;
    } catch (thrown) {
      error = thrown;
    }
  }
  // At a kink or a jump in the point itself (a tie of max and min, abs at 0) differences are no measure.
  const both = [1e-7, -1e-7].map((h) => x.map((value, i) => value + h * (i + 1)));
  const [here, ...beside] = await Promise.all([x, ...both].map((point) => functions.jacobian(name, point)));
  const values = await Promise.all([x, ...both].map((point) => functions.value(name, point)));
  try {
    for (const other of values) close([other], [values[0]!], 1e-4, "beside");
    for (const other of beside) close(other, here!, 1e-3, "beside");
  } catch {
    return false;
  }
  throw error;
}
