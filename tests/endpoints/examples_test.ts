/** The examples of the OpenAPI document are valid, and are answered. */
import assert from "node:assert/strict";
import { array, differentiable, scalar, z } from "../../mod.ts";
import { examplePayloads } from "../../lib/endpoints/examples.ts";
import { availableEndpoints } from "../../lib/endpoints/endpoints.ts";
import { call, type Definition, loadModule, moduleOf } from "./call.ts";

for (const name of ["vectoradd", "univariate", "nested", "dtypes", "minimal"]) {
  Deno.test(`examplePayloads(): every endpoint of ${name} answers its example`, async () => {
    const module = await loadModule(name);
    const { default: definition } = await import(`../golden/modules/${name}/tesseract_api.ts`);
    const examples = await examplePayloads(module);
    for (const { name: endpoint } of availableEndpoints(module)) {
      assert.ok(examples[endpoint], `${endpoint} has no example`);
      const answer = await call(definition, endpoint, examples[endpoint]) as object;
      assert.ok(!("faults" in answer) && !("error" in answer), `${endpoint}: ${JSON.stringify(answer)}`);
    }
  });
}

const derivatives = { jacobian: () => ({}), jacobianVectorProduct: () => ({}), vectorJacobianProduct: () => ({}) };

Deno.test("examplePayloads(): arrays are plain lists, also where the author's example has them encoded", async () => {
  const floats = { shape: [2], dtype: "float32", data: { buffer: "AACAPwAAAEA=", encoding: "base64" } };
  const integers = { shape: [2, 1], dtype: "int64", data: { buffer: [3, 4], encoding: "json" } };
  const file = { shape: [9], dtype: "float64", data: { buffer: "x.bin", encoding: "binref" } };
  const InputSchema = z.object({
    a: array([null], "float64"),
    list: z.array(z.object({ b: array([null, 1], "int64") })),
    file: array([null], "float64"),
  }).meta({ examples: [{ a: floats, list: [{ b: integers }], file }] });
  const definition = { InputSchema, OutputSchema: z.object({}) } as Definition;
  assert.deepEqual((await examplePayloads(moduleOf(definition)))["apply"], {
    inputs: { a: [1, 2], list: [{ b: [[3], [4]] }], file },
  });
});

Deno.test("examplePayloads(): the shape of an output is told by abstractEval, the schema, or a named size; else it is left out", async () => {
  const of = async (shape: (number | string | null)[], abstractEval?: () => unknown) => {
    const module = moduleOf({
      InputSchema: z.object({ x: differentiable(array(["n"], "float64")) }),
      OutputSchema: z.object({ y: differentiable(array(shape as [], "float64")), s: scalar("float64") }),
      ...derivatives,
      ...abstractEval && { abstractEval },
    } as Definition);
    const { vector_jacobian_product: example, jacobian } = await examplePayloads(module);
    assert.deepEqual(jacobian, { inputs: { x: [1, 2, 3] }, jac_inputs: ["x"], jac_outputs: ["y"] });
    return (example as { cotangent_vector: { y: unknown } } | undefined)?.cotangent_vector.y;
  };
  assert.deepEqual(await of([2, 1]), [[1], [1]]);
  assert.deepEqual(await of(["n"]), [1, 1, 1]);
  assert.deepEqual(await of([null]), undefined);
  assert.deepEqual(await of([null], () => ({ y: { shape: [2], dtype: "float64" } })), [1, 1]);
  assert.deepEqual(await of([2], () => assert.fail("broken")), [1, 1]);
});
