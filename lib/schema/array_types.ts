/**
 * The array types: a Zod class of our own, so that authors combine arrays with all other Zod schemas and wrappers.
 * @module
 */
import { z } from "zod";
import { toArray } from "../arrays/coerce.ts";
import { type DType, DTYPE_NAMES, isDType } from "../arrays/dtypes.ts";
import { ArrayFault } from "../arrays/fault.ts";
import { type ArrayType, isSize, scalarOf, type Shape } from "../arrays/ndarray.ts";
import type { GivenFor, ValueOf } from "./array_values.ts";
import { describeFault } from "./messages.ts";
import { parseDimension } from "./named_sizes.ts";

/** Zod's definition of an array schema, with the array type in it: Zod keeps it when it clones the schema. */
interface ArrayDef<D extends DType | null, S extends Shape, G extends boolean> extends z.core.$ZodTypeDef {
  type: "custom";
  array: ArrayType<D, S> & { readonly differentiable: G };
}

interface ArrayInternals<D extends DType | null, S extends Shape, G extends boolean>
  extends z.core.$ZodTypeInternals<ValueOf<D, S>, GivenFor<D, S>> {
  def: ArrayDef<D, S, G>;
}

/** The schema of an array of dtype `D` and shape `S`; `G`: is it marked differentiable? */
export interface ArraySchema<
  D extends DType | null = DType | null,
  S extends Shape = Shape,
  G extends boolean = boolean,
> extends z.ZodType<ValueOf<D, S>, GivenFor<D, S>, ArrayInternals<D, S, G>> {
  /** A default may be anything that is accepted as a value, such as nested lists: it is converted in the same way. */
  default(value: GivenFor<D, S> | z.core.util.NoUndefined<z.output<this>>): z.ZodDefault<this>;
  default(value: () => GivenFor<D, S> | z.core.util.NoUndefined<z.output<this>>): z.ZodDefault<this>;
}

const ArraySchema: z.core.$constructor<ArraySchema> = z.core.$constructor("TesseractArray", (schema, def) => {
  z.ZodType.init(schema, def);
  const type = def.array;
  schema._zod.parse = (payload) => {
    try {
      const array = toArray(payload.value, type);
      payload.value = type.shape?.length === 0 ? scalarOf(array) : array;
    } catch (error) {
      if (!(error instanceof ArrayFault)) throw error;
      payload.issues.push({
        code: "custom",
        input: payload.value,
        inst: schema,
        message: describeFault({ type: error.type, loc: [], ctx: error.ctx }),
        params: { type: error.type, ...error.ctx },
      });
    }
    return payload;
  };
  // If an author calls z.toJSONSchema(), it writes an array as a schema that accepts everything.
  schema._zod.processJSONSchema = () => {};
});

/** The shape of an array type that takes arrays of any rank and size: `array(anyShape, "float64")`. */
export const anyShape = null;

/**
 * The schema of an array: `shape` has a size, `null` (any size) or a name for each dimension, or is `anyShape`; `dtype`
 * `null` is any dtype. A name (`"n"`, or `"n+1"`, `"n-2"`) is the same size wherever it stands in inputs and outputs.
 * Throws a `TypeError` if `shape` is not a shape or `dtype` not a dtype.
 *
 * User code gets `{ dtype, shape, data }`; it may return nested lists, too, or a typed array in one dimension.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, z } from "@tesseract/runtime";
 *
 * const Mesh = z.object({ points: array([null, 3], "float64"), weights: array([null], "float32").optional() });
 * const { points } = Mesh.parse({ points: [[0, 0, 1], [2, 0, 0]] });
 * assert.deepEqual(points.shape, [2, 3]);
 * assert.equal(points.data[3], 2);
 * ```
 */
export function array<const S extends Shape, const D extends DType | null>(
  shape: S,
  dtype: D,
): ArraySchema<D, S, false> {
  if (shape !== null && !(Array.isArray(shape) && shape.every(isDimension))) {
    throw new TypeError(
      'a shape is a list with a whole number of zero or more, null or a name ("n", "n+1") for each dimension, or ' +
        'anyShape; it comes first: array([null, 3], "float64")',
    );
  }
  if (dtype !== null && !isDType(dtype)) {
    throw new TypeError(`${JSON.stringify(dtype)} is not a dtype; the dtypes are ${DTYPE_NAMES.join(", ")}`);
  }
  const def: ArrayDef<D, S, false> = { type: "custom", array: { shape, dtype, differentiable: false } };
  // The constructor is not generic (TypeScript cannot express that), hence the cast.
  return new ArraySchema(def) as unknown as ArraySchema<D, S, false>;
}

/**
 * The schema of a scalar, an array of shape `[]`. User code gets the plain value: a number; a bigint for the 64-bit
 * integers, a boolean for bool, `{ re, im }` for complex. Throws a `TypeError` if `dtype` is not a dtype.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { scalar, z } from "@tesseract/runtime";
 *
 * const Options = z.object({ step: scalar("float64").default(0.5), count: scalar("int64") });
 * assert.deepEqual(Options.parse({ count: 3 }), { step: 0.5, count: 3n });
 * ```
 */
export function scalar<const D extends DType | null>(dtype: D): ArraySchema<D, readonly [], false> {
  return array([], dtype);
}

/**
 * The same array type, marked as one that can be differentiated by, or with respect to. Wrappers go around it:
 * `differentiable(array([null], "float64")).optional()`. Throws a `TypeError` if `schema` is not an array type.
 *
 * @example
 * ```ts
 * import { array, differentiable, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({ x: differentiable(array([null], "float64")).describe("Positions in metres.") });
 * ```
 */
export function differentiable<D extends DType | null, S extends Shape>(
  schema: ArraySchema<D, S>,
): ArraySchema<D, S, true> {
  if (!((schema as unknown) instanceof ArraySchema)) {
    throw new TypeError(
      'differentiable() takes an array type only: differentiable(array([null], "float64")), or for a number ' +
        'differentiable(scalar("float64")); .optional() and the like come after it',
    );
  }
  const { def } = schema._zod;
  // With the schema as its parent, the clone inherits its description.
  return z.core.clone(schema as ArraySchema<D, S, true>, { ...def, array: { ...def.array, differentiable: true } }, {
    parent: true,
  });
}

/** The array type of a schema; `undefined` for schemas of anything else, wrappers around arrays included. */
export function arrayTypeOf(schema: z.core.$ZodType): ArrayType | undefined {
  return schema instanceof ArraySchema ? schema._zod.def.array : undefined;
}

function isDimension(size: unknown): boolean {
  if (typeof size === "string") return parseDimension(size) !== undefined;
  return size === null || isSize(size);
}
