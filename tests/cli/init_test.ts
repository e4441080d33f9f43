import { deepStrictEqual, equal, match } from "node:assert/strict";
import { RECIPES } from "../../lib/cli/commands.ts";
import { runCli, withFolder } from "./run.ts";

Deno.test("init prints the files that it writes into a new folder", () =>
  withFolder({}, async (cwd) => {
    const { code, stdout, stderr } = await runCli(["init", "My Pump"], { cwd });
    equal(code, 0, stderr);
    const files = stdout.trimEnd().split("\n");
    for (const path of files) await Deno.stat(`${cwd}/${path}`);
    for (const name of ["tesseract_api.ts", "payload.json", "deno.json", "package.json", "Dockerfile", ".gitignore"]) {
      equal(files.includes(`My Pump/${name}`), true, name);
    }
    equal(JSON.parse(await Deno.readTextFile(`${cwd}/My Pump/package.json`)).name, "my-pump");
    match(await Deno.readTextFile(`${cwd}/My Pump/README.md`), /^# my-pump\n/);
    match(stderr, /cd 'My Pump'\n/); // as a shell understands it
  }));

Deno.test("init without a folder writes into the current one, beside what is there", () =>
  withFolder({ "notes.txt": "mine" }, async (cwd) => {
    equal((await runCli(["init"], { cwd })).code, 0);
    equal(await Deno.readTextFile(`${cwd}/notes.txt`), "mine");
    equal((await runCli(["check"], { cwd })).code, 0);
  }));

Deno.test("init overwrites nothing, and then writes nothing", () =>
  withFolder({ "new/payload.json": "mine" }, async (cwd) => {
    const { code, stdout, stderr } = await runCli(["init", "new"], { cwd });
    deepStrictEqual({ code, stdout }, { code: 2, stdout: "" });
    match(stderr, /^Error: new\/payload\.json exists already; nothing was written\n$/);
    deepStrictEqual([...Deno.readDirSync(`${cwd}/new`)].map(({ name }) => name), ["payload.json"]);
  }));

Deno.test("init knows its recipes, and no others", async () => {
  const { code, stderr } = await runCli(["init", "--recipe", "soup"]);
  equal(code, 2);
  match(stderr, new RegExp(`--recipe: expected one of ${RECIPES.join(", ")}, got "soup"`));
});
