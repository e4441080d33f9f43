/** The derivatives of examples/heat, which follow from its `apply`, against derivatives written by hand. */
import assert from "node:assert/strict";
import { connect } from "../../client.ts";
import heat from "../../examples/heat/tesseract_api.ts";
import { Random } from "../../lib/gradients/random.ts";
import handwritten from "./handwritten_heat/tesseract_api.ts";

const FIELDS = ["temperature", "conductivity", "source"] as const;

const ours = connect(heat), theirs = connect(handwritten);

/** Are arrays the same, to 1e-12 of the largest element? */
function close(found: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>, what: string): void {
  const numbers = Array.from(expected, Number);
  const scale = numbers.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-300);
  assert.equal(found.length, numbers.length, what);
  for (const [i, x] of numbers.entries()) {
    assert.ok(Math.abs(Number(found[i]) - x) <= 1e-12 * scale, `${what}: element ${i} is ${found[i]}, expected ${x}`);
  }
}

for (const [rows, columns, steps] of [[1, 1, 3], [1, 5, 0], [4, 1, 7], [3, 4, 10], [12, 9, 30]] as const) {
  const random = new Random(rows * 100 + columns);
  const field = (low: number, high: number) => ({
    dtype: "float64" as const,
    shape: [rows, columns] as const,
    data: Float64Array.from({ length: rows * columns }, () => low + (high - low) * random.uniform()),
  });
  const inputs = {
    temperature: field(250, 400),
    conductivity: field(0.1, 1),
    source: field(-5, 5),
    spacing: 0.7,
    dt: 0.09,
    steps,
  };

  Deno.test(`heat on ${rows} × ${columns} cells, ${steps} steps: as by hand`, async () => {
    const [found, expected] = [await ours.apply(inputs), await theirs.apply(inputs)];
    assert.deepEqual(found.temperature.data, expected.temperature.data);

    const tangents = { temperature: field(-1, 1), conductivity: field(-1, 1), source: field(-1, 1) };
    for (const by of [...FIELDS.map((name) => [name]), FIELDS]) {
      const some = Object.fromEntries(by.map((name) => [name, tangents[name]])) as typeof tangents;
      const [jvp, expected] = await Promise.all(
        [ours, theirs].map((tesseract) => tesseract.jacobianVectorProduct(inputs, by, ["temperature"], some)),
      );
      close(jvp!.temperature.data, expected!.temperature.data, `Jacobian-vector product by ${by}`);
    }

    const cotangents = { temperature: field(-1, 1) };
    const [vjp, byHand] = await Promise.all(
      [ours, theirs].map((tesseract) => tesseract.vectorJacobianProduct(inputs, FIELDS, ["temperature"], cotangents)),
    );
    const [jacobian, matrix] = await Promise.all(
      [ours, theirs].map((tesseract) => tesseract.jacobian(inputs, FIELDS, ["temperature"])),
    );
    for (const name of FIELDS) {
      close(vjp![name].data, byHand![name].data, `vector-Jacobian product by ${name}`);
      assert.deepEqual(jacobian!.temperature[name].shape, [rows, columns, rows, columns]);
      close(jacobian!.temperature[name].data, matrix!.temperature[name].data, `Jacobian by ${name}`);
    }
  });
}
