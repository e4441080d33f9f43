import { stop } from "esbuild";
import assert from "node:assert/strict";
import { copyComponent } from "../../tools/copy_component.ts";
import { withFolder } from "../cli/run.ts";

const MODULE = `import { defineTesseract, z } from "@tesseract/runtime";
const files = ["./solver", "./table.txt", "./libsolver.so"];
const [solver, table, library] = [
  new URL("./solver", import.meta.url), new URL("./table.txt", import.meta.url), new URL("./libsolver.so", import.meta.url),
];
export default defineTesseract({
  InputSchema: z.object({}),
  OutputSchema: z.object({}),
  apply: () => ({ files, solver, table, library }),
});
`;

// esbuild's stop() returns before its process has ended: Deno would call that a leak, now and then.
const leavesProcess = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "an executable that a module starts cannot be embedded, and that is said when it is built",
  leavesProcess,
  () =>
    withFolder({ "tesseract_api.js": MODULE, "solver": "", "table.txt": "", "libsolver.so": "" }, async (folder) => {
      for (const name of ["solver", "libsolver.so"]) await Deno.chmod(`${folder}/${name}`, 0o755);
      const { error } = console;
      const said: string[] = [];
      console.error = (text: string) => void said.push(text);
      try {
        const { files } = await copyComponent(`${folder}/tesseract_api.js`, `${folder}/embedded`, []);
        assert.deepEqual(files.map((file) => file.slice("component/".length)).sort(), [
          "libsolver.so",
          "solver",
          "table.txt",
          "tesseract_api.js",
        ]);
      } finally {
        console.error = error;
        await stop();
      }
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0]!, /\/solver is an executable, which cannot be started from inside of the one that is made/);
    }),
);
