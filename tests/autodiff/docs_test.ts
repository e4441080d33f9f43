/** The modules of README.md and docs/derivatives.md: `check` finds them right at the example below them, or says what the page says. */
import assert from "node:assert/strict";
import { describeModuleFault } from "../../lib/api/module_fault.ts";
import { checkModule } from "../../lib/check/check_module.ts";
import { withFiles } from "../api/user_module.ts";

const page = await Deno.readTextFile(new URL("../../docs/derivatives.md", import.meta.url));

/** The title above a place. */
const titleAt = (index: number): string => page.slice(0, index).match(/.*^## (.*?)$/ms)![1]!;

const blocks = [...page.matchAll(/^```ts\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?(?:\n```text\n(.*?)^```\n)?/gms)];

Deno.test("docs/derivatives.md has modules that are right, and modules that are refused", () => {
  assert.ok(blocks.filter(([, , payload, fault]) => payload !== undefined && fault === undefined).length >= 4);
  assert.ok(blocks.filter(([, , , fault]) => fault !== undefined).length >= 2);
});

for (const { index, 1: module, 2: payload, 3: fault } of blocks) {
  const refused = fault === undefined ? "is right" : `is refused: ${fault.slice(-60).trim()}`;
  Deno.test(`docs/derivatives.md, ${titleAt(index)}: the module ${refused}`, () =>
    withFiles(
      { "tesseract_api.ts": module!, ...payload === undefined ? {} : { "payload.json": payload } },
      async (path) => {
        const folder = path.slice(0, path.lastIndexOf("/") + 1);
        const { faults, warnings } = await checkModule(path, folder);
        const words = faults.map((fault) => describeModuleFault(fault).replace(`${path}: `, "").replaceAll(folder, ""));
        assert.deepEqual(words, fault === undefined ? [] : [fault.trim()]);
        assert.deepEqual(warnings, []);
      },
    ));
}

Deno.test("README.md, Derivatives: the module is right", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [, module] = readme.match(/^## Derivatives$.*?^```ts\n(.*?)^```/ms)!;
  const payload = '{"inputs": {"velocity": [20, 10], "time": 1.5}}';
  await withFiles({ "tesseract_api.ts": module!, "payload.json": payload }, async (path) => {
    const { faults, warnings } = await checkModule(path, path.slice(0, path.lastIndexOf("/")));
    assert.deepEqual({ faults, warnings }, { faults: [], warnings: [] });
  });
});
