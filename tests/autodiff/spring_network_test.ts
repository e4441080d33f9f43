/** An author's view: a network of springs, as one writes it who has read the README. */
import assert from "node:assert/strict";
import { connect } from "../../client.ts";
import { checkModule } from "../../lib/check/check_module.ts";
import module from "./spring_network/tesseract_api.ts";

const folder = new URL("./spring_network/", import.meta.url).pathname;
const { inputs } = JSON.parse(await Deno.readTextFile(`${folder}payload.json`));

for (const file of ["./spring_network/tesseract_api.ts", "../../examples/heat/tesseract_api.ts"]) {
  Deno.test(`${file} takes at most 60 lines, without a cast`, async () => {
    const text = (await Deno.readTextFile(new URL(file, import.meta.url))).trimEnd();
    assert.ok(text.split("\n").length <= 60);
    assert.doesNotMatch(text.replace(/\/\*\*.*?\*\//gs, ""), /\bas (?!const)|\bany\b|@ts-/);
  });
}

Deno.test("check finds it complete, and its derivatives right", async () => {
  const { faults, warnings } = await checkModule(`${folder}tesseract_api.ts`, folder);
  assert.deepEqual(faults, []);
  assert.deepEqual(warnings.map(({ message }) => message.replace(/, which.*/, "")), [
    "the output 'longest' does not depend on 'gravity'",
    "the output 'longest' does not depend on 'springs.[].stiffness'",
  ]);
});

Deno.test("the forces are minus the derivative of the energy by the positions", async () => {
  const springs = connect(module);
  const { forces } = await springs.apply(inputs);
  const { positions } = await springs.vectorJacobianProduct(inputs, ["positions"], ["energy"], { energy: 1 });
  assert.deepEqual(positions.shape, forces.shape);
  for (const [i, force] of forces.data.entries()) assert.ok(Math.abs(force + Number(positions.data[i])) < 1e-13);
});
