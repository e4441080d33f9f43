/** A module of named exports, as its author types it, and all the types that mod.ts exports. */
import {
  array,
  type Context,
  defineTesseract,
  differentiable,
  type DType,
  type Inputs,
  type NdArray,
  type Outputs,
  type Path,
  scalar,
  type Shape,
  type Tesseract,
  z,
} from "../../mod.ts";

const InputSchema = z.object({
  a: differentiable(array([null], "float32")),
  s: differentiable(scalar("float32")).default(1),
});
const OutputSchema = z.object({ result: differentiable(array([null], "float32")) });

function apply({ a, s }: Inputs<typeof InputSchema>, _context: Context): Outputs<typeof OutputSchema> {
  return { result: a.data.map((x) => s * x) };
}

function vectorJacobianProduct(
  { a, s }: Inputs<typeof InputSchema>,
  vjpInputs: ReadonlySet<Path<typeof InputSchema>>,
  _vjpOutputs: ReadonlySet<Path<typeof OutputSchema>>,
  { result }: { result?: NdArray<"float32", [null]> },
) {
  return {
    ...vjpInputs.has("a") && { a: result!.data.map((x) => s * x) },
    ...vjpInputs.has("s") && { s: result!.data.reduce((sum, x, i) => sum + x * a.data[i]!, 0) },
  };
}

Deno.test("functions that are typed by Inputs and Outputs make a Tesseract", () => {
  const tesseract: Tesseract<typeof InputSchema, typeof OutputSchema> = defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    vectorJacobianProduct,
  });
  void tesseract;
});

Deno.test("a return value with a declared type is checked for extra keys by the compiler", () => {
  function wrong(): Outputs<typeof OutputSchema> {
    return {
      result: [1],
      // @ts-expect-error there is no such output
      extra: 1,
    };
  }
  void wrong;
});

Deno.test("helpers may be written for arrays of any or of one type", () => {
  const norm = (a: NdArray<"float32", [null]>) => Math.hypot(...a.data);
  const rank = (a: NdArray) => a.shape.length;
  const dtype = <D extends DType, S extends Shape>(a: NdArray<D, S>): D => a.dtype;
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply({ a }) {
      const name: "float32" = dtype(a);
      return { result: [norm(a), rank(a), name.length] };
    },
  });
});
