/** Arrays that helpers make, and where they may be returned: checked by the compiler; nothing of it is called. */
import {
  array,
  type Context,
  defineTesseract,
  differentiable,
  finiteDifferences,
  type Inputs,
  jacobianFromJvp,
  jacobianFromVjp,
  jvpFromJacobian,
  like,
  type NdArray,
  ndarray,
  scalar,
  vjpFromJacobian,
  z,
} from "../../mod.ts";
import { same } from "./equal.ts";

const InputSchema = z.object({
  a: differentiable(array(["n"], "float32")),
  s: differentiable(scalar("float64")),
});
const OutputSchema = z.object({ m: differentiable(array(["n", 2], "float32")) });
type In = Inputs<typeof InputSchema>;
type InPath = "a" | "s";
const apply = ({ a }: In) => ({ m: ndarray("float32", [a.shape[0], 2]) });

Deno.test("ndarray() and like() know dtype and rank", () => {
  const n = 3 as number;
  const matrix = ndarray("float32", [n, 2]);
  same<typeof matrix, NdArray<"float32", readonly [number, 2]>>();
  same<typeof matrix["data"], Float32Array>();
  same<typeof matrix["shape"], readonly [number, number]>();
  const again: NdArray<"float32", [null, 2]> = like(matrix, matrix.data.map((x) => x + 1));
  ndarray("int64", [2], [1, 2n]);
  ndarray("bool", [2], [true, false]);
  ndarray("complex64", [1], [{ re: 1, im: 2 }]);
  const dynamic: readonly number[] = [2, 2];
  same<ReturnType<typeof ndarray<"float64", readonly number[]>>["shape"], readonly number[]>();
  void [again, ndarray("float64", dynamic)];
  // @ts-expect-error float64 for float32
  if (false as boolean) ndarray("float32", [2], new Float64Array(2));
  // @ts-expect-error no dtype
  if (false as boolean) ndarray("float", [2]);
  // @ts-expect-error strings are no numbers
  if (false as boolean) ndarray("float32", [2], ["1", "2"]);
  // @ts-expect-error float64 for float32
  if (false as boolean) like(matrix, new Float64Array(6));
});

Deno.test("what ndarray() and like() give may be returned where it fits, and nowhere else", () => {
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian: ({ a }) => ({ m: { a: ndarray("float64", [a.shape[0], 2, a.shape[0]]), s: ndarray("float32", [1, 2]) } }),
    vectorJacobianProduct: ({ a }) => ({ a: like(a) }),
    // @ts-expect-error one dimension for two
    jacobianVectorProduct: ({ a }) => ({ m: like(a) }),
  });
});

Deno.test("the helpers give arrays, by the paths that they were given for", async () => {
  const jacobian = (_inputs: In, _by: ReadonlySet<InPath>, _of: ReadonlySet<"m">) => ({ m: { a: [[[1]]], s: [[1]] } });
  const jvp = (
    _inputs: In,
    _by: ReadonlySet<InPath>,
    _of: ReadonlySet<"m">,
    _tangents: { a?: NdArray<"float32"> },
  ) => ({
    m: new Float32Array(2),
  });
  const arguments_ = [{} as In, new Set(["a"] as const), new Set(["m"] as const)] as const;
  const read = async () => {
    const forward = await jvpFromJacobian(jacobian)(...arguments_, {}, {} as Context);
    same<NonNullable<typeof forward.m>["data"], Float64Array>();
    // @ts-expect-error there is no such output
    forward.q;
    const backward = await vjpFromJacobian(jacobian)(...arguments_, {}, {} as Context);
    same<NonNullable<typeof backward.s>["dtype"], "float64">();
    const blocks = await jacobianFromJvp(jvp)(...arguments_, {} as Context);
    same<NonNullable<NonNullable<typeof blocks.m>["a"]>["dtype"], "float16" | "float32" | "float64">();
    const differences = await finiteDifferences(apply, { eps: 1 }).jacobianVectorProduct(
      ...arguments_,
      {},
      {} as Context,
    );
    same<(typeof differences)[string]["data"], Float64Array>();
  };
  await Promise.resolve(read);
});

Deno.test("what the helpers give may be returned for any float dtype and rank", () => {
  const jacobian = () => ({ m: { a: [[[1]]], s: [[1]] } });
  const tesseract = defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian,
    jacobianVectorProduct: jvpFromJacobian(jacobian),
    vectorJacobianProduct: vjpFromJacobian(jacobian),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian: jacobianFromJvp(tesseract.jacobianVectorProduct!),
  });
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    jacobian: jacobianFromVjp(tesseract.vectorJacobianProduct!, apply),
  });
  defineTesseract({ InputSchema, OutputSchema, apply, ...finiteDifferences(apply, { eps: 1e-3 }) });
  const wrongPath = (_inputs: In, _by: ReadonlySet<InPath>, _of: ReadonlySet<"q">) => ({});
  defineTesseract({
    InputSchema,
    OutputSchema,
    apply,
    // @ts-expect-error there is no output q
    jacobianVectorProduct: jvpFromJacobian(wrongPath),
  });
});
