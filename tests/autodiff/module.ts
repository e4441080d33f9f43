/** Modules with `derivatives: "auto"` that are made when a test needs them, and their derivatives by several ways. */
import assert from "node:assert/strict";
import { makeMemoryFile } from "../../lib/api/transpile/memory_file.ts";
import { loadModule } from "../../lib/check/inspect.ts";
import type { TesseractModule } from "../../lib/api/tesseract.ts";
import type { NdArray } from "../../lib/arrays/ndarray.ts";
import { reconsider } from "../../lib/autodiff/copy.ts";
import { run } from "../../lib/autodiff/run.ts";
import { jacobian, jacobianVectorProduct, vectorJacobianProduct } from "../../lib/autodiff/derivatives.ts";
import { copyPlain } from "../../lib/autodiff/runtime/deep.ts";
import { seed } from "../../lib/autodiff/seeds.ts";
import { StartAgain } from "../../lib/autodiff/runtime/start_again.ts";
import { withFiles } from "../api/user_module.ts";

// The library that memory files come from is opened with the first one: not inside a test, which would seem to leak it.
makeMemoryFile();

/** The beginning of a module of functions from a vector to a number, a list or an array. */
const HEAD = `
import { array, checkpoint, customDerivative, defineTesseract, differentiable, like, ndarray, stopGradient, z } from "@tesseract/runtime";
const DTYPE = "float64";
`;

const TAIL = `
export default defineTesseract({
  InputSchema: z.object({ x: differentiable(array([null], DTYPE)), name: z.string() }),
  OutputSchema: z.object({ y: differentiable(array([null], DTYPE)) }),
  derivatives: "auto",
  async apply({ x, name }, context) {
    const y = await functions[name](x.data, context);
    return { y: typeof y === "number" ? [y] : y };
  },
});
`;

const X_PATH: ReadonlySet<string> = new Set(["x"]), Y_PATH: ReadonlySet<string> = new Set(["y"]);

/** Loads a module from its text. */
export function withModule<T>(files: Record<string, string>, use: (module: TesseractModule) => Promise<T>): Promise<T> {
  return withFiles(files, async (path) => await use(await loadModule(path)));
}

/**
 * The functions of a module, by name; their bodies are given `x`, a `Float64Array`. All ways to a derivative are those of
 * `module` itself, so `specialise` is for all of them. (`module.functions` are of another object, with copies of its own.)
 */
export class Functions {
  constructor(readonly module: TesseractModule, private readonly rounding = 1e-12) {}

  /** Makes a module of function bodies; `shared` stands before them. */
  static with<T>(
    bodies: Readonly<Record<string, string>>,
    use: (functions: Functions) => Promise<T>,
    { shared = "", files = {}, dtype = "float64" }: {
      shared?: string;
      files?: Record<string, string>;
      dtype?: string;
    } = {},
  ): Promise<T> {
    const table = Object.entries(bodies).map(([name, body]) => `${JSON.stringify(name)}: ${asFunction(body)},\n`);
    const main = `${HEAD.replace("float64", dtype)}${shared}\nconst functions = {\n${table.join("")}};\n${TAIL}`;
    return withModule(
      { "tesseract_api.ts": main, ...files },
      (module) => use(new Functions(module, { float32: 1e-6, float16: 1e-2 }[dtype])),
    );
  }

  /** From here on, functions are specialised to what was seen so far. */
  specialise(): void {
    reconsider(this.module, new StartAgain(undefined));
  }

  private inputs(name: string, x: readonly number[]) {
    return { name, x: { dtype: "float64", shape: [x.length], data: new Float64Array(x) } };
  }

  /** What `apply` gives. */
  async value(name: string, x: readonly number[]): Promise<number[]> {
    const { y } = await this.module.functions.apply!(this.inputs(name, x), {}) as { y: ArrayLike<number> };
    return Array.from(y);
  }

  /** What the copy gives. */
  copyValue(name: string, x: readonly number[], backward: boolean): Promise<number[]> {
    // Arrays of the copy, as in a derivative: for any others nothing would be specialised.
    const seeded = () => seed(this.inputs(name, x), [], () => new Float64Array(0));
    return run(
      this.module,
      backward ? "backwards" : "forwards",
      seeded,
      {},
      (outputs) => Array.from((copyPlain(outputs) as { y: ArrayLike<number> }).y),
    );
  }

  async jvp(name: string, x: readonly number[], tangent: readonly number[]): Promise<number[]> {
    const tangents: Record<string, NdArray> = {
      x: { dtype: "float64", shape: [x.length], data: new Float64Array(tangent) },
    };
    const { y } = await jacobianVectorProduct(this.module, this.inputs(name, x), X_PATH, Y_PATH, tangents, {}) as {
      y: NdArray;
    };
    return Array.from(y.data as Float64Array);
  }

  async vjp(name: string, x: readonly number[], cotangent: readonly number[]): Promise<number[]> {
    const vector: Record<string, NdArray> = {
      y: { dtype: "float64", shape: [cotangent.length], data: new Float64Array(cotangent) },
    };
    const result = await vectorJacobianProduct(this.module, this.inputs(name, x), X_PATH, Y_PATH, vector, {}) as {
      x: NdArray;
    };
    return Array.from(result.x.data as Float64Array);
  }

  /** Row by row. */
  async jacobian(name: string, x: readonly number[]): Promise<number[][]> {
    const { y } = await jacobian(this.module, this.inputs(name, x), X_PATH, Y_PATH, {}) as { y: { x: NdArray } };
    const data = Array.from(y.x.data as Float64Array);
    return Array.from({ length: y.x.shape[0]! }, (_, i) => data.slice(i * x.length, (i + 1) * x.length));
  }

  /** The Jacobian by differences of `apply`, of the sixth order in the step. */
  async differences(name: string, x: readonly number[], step = 1e-3): Promise<number[][]> {
    const columns = await Promise.all(x.map(async (_, j) => {
      const at = (k: number) => this.value(name, x.map((value, i) => i === j ? value + k * step : value));
      const [a, b, c, d, e, f] = await Promise.all([3, 2, 1, -1, -2, -3].map(at)) as number[][];
      return a!.map((_, i) => ((a![i]! - f![i]!) / 60 - 3 * (b![i]! - e![i]!) / 20 + 3 * (c![i]! - d![i]!) / 4) / step);
    }));
    return columns[0]!.map((_, i) => columns.map((column) => column[i]!));
  }

  /**
   * Checks that the copy computes what `apply` does, to the last bit, and that forwards, backwards and the Jacobian agree
   * with each other to 1e-12, and with `expected` (or differences).
   */
  async check(name: string, x: readonly number[], expected?: number[][], tolerance = 1e-6): Promise<void> {
    const found = await this.agree(name, x);
    close(found, expected ?? await this.differences(name, x), tolerance, `${name}: derivative and expected`);
  }

  /** The Jacobian, when all ways to it agree. */
  async agree(name: string, x: readonly number[]): Promise<number[][]> {
    const value = await this.value(name, x);
    for (const backward of [false, true]) {
      assert.deepEqual(await this.copyValue(name, x, backward), value, `${name}: values`);
    }
    const jacobian = await this.jacobian(name, x);
    const unit = (n: number, k: number) => Array.from({ length: n }, (_, i) => i === k ? 1 : 0);
    const columns: number[][] = [];
    for (const j of x.keys()) columns.push(await this.jvp(name, x, unit(x.length, j)));
    const forwards = value.map((_, i) => columns.map((column) => column[i]!));
    const backwards: number[][] = [];
    for (const i of value.keys()) backwards.push(await this.vjp(name, x, unit(value.length, i)));
    // What is no number has no derivative.
    const numbers = (rows: number[][]) => rows.filter((_, i) => !Number.isNaN(value[i]));
    close(numbers(forwards), numbers(backwards), 1e-12, `${name}: forwards and backwards`);
    close(numbers(jacobian), numbers(backwards), this.rounding, `${name}: Jacobian and backwards`);
    return backwards;
  }
}

function asFunction(body: string): string {
  if (/^async \(x/.test(body)) return body;
  return /\breturn\b|;/.test(body) ? `(x, context) => {\n${body}\n}` : `(x, context) => (${body})`;
}

/** Are two matrices the same, to a relative error? */
export function close(found: number[][], expected: number[][], tolerance: number, what: string): void {
  assert.equal(found.length, expected.length, what);
  const scale = Math.max(1, ...expected.flat().filter(Number.isFinite).map(Math.abs));
  for (const [i, row] of expected.entries()) {
    for (const [j, value] of row.entries()) {
      const other = found[i]![j]!;
      const same = Object.is(other, value) || other === value || Math.abs(other - value) <= tolerance * scale;
      if (!same) {
        assert.fail(`${what}: [${i}, ${j}] is ${other}, expected ${value}\n${Deno.inspect({ found, expected })}`);
      }
    }
  }
}

/** The input at which `refuses()` and `follows()` take derivatives. */
export const X: readonly number[] = [1.5, -0.5, 2];

/** Each function ends with an error that matches, forwards and backwards; those of a part that is not used may pass. */
export async function refuses(bodies: Record<string, string>, expected: RegExp, shared = ""): Promise<void> {
  await Functions.with(bodies, async (functions) => {
    for (const phase of ["dynamic", "specialised"]) {
      for (const name of Object.keys(bodies)) {
        const value = await functions.value(name, X);
        const ways = {
          forwards: () => functions.jvp(name, X, [1, 2, 3]),
          backwards: () => functions.vjp(name, X, value.map(() => 1)),
        };
        for (const [way, derive] of Object.entries(ways)) {
          await assert.rejects(derive(), expected, `${name}, ${way}, ${phase}`);
        }
      }
      functions.specialise();
    }
  }, { shared });
}

/** Each function is followed: its derivative is right. */
export async function follows(bodies: Record<string, string>, shared = ""): Promise<void> {
  await Functions.with(bodies, async (functions) => {
    for (let phase = 0; phase < 2; phase++) {
      for (const name of Object.keys(bodies)) await functions.check(name, X);
      functions.specialise();
    }
  }, { shared });
}
