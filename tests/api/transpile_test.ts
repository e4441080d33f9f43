/** What the compiled program does to import a user's modules gives what Deno's own import does. */
import assert from "node:assert/strict";
import { fileUrl } from "../../lib/api/file_url.ts";
import { framesOf } from "../../lib/api/stack.ts";
import { importLinked } from "../../lib/api/transpile/import_linked.ts";
import { stripTypes } from "../../lib/api/transpile/strip_types.ts";
import { withFolder } from "../cli/run.ts";

type Exports = Readonly<Record<string, unknown>>;
type Import = (url: string) => Promise<Exports>;

const linked: Import = (url) => importLinked(url, url);
const native: Import = (url) => import(url);

/** What comes of it, or what is thrown and where in the user's files, as a text. */
async function outcome(load: Import, folder: string, main: string): Promise<string> {
  const file = `${folder}/${main}`;
  try {
    const exports = await load(fileUrl(file));
    const { default: run } = exports;
    return Deno.inspect(typeof run === "function" ? await run() : exports, { depth: 9, sorted: true });
  } catch (error) {
    const { name, message } = error as Error;
    const frames = framesOf(error, file).filter(({ file }) => file.startsWith(folder));
    // Deno adds colours, advice, and sometimes the place twice.
    // deno-lint-ignore no-control-regex
    const text = message.replace(/\x1b\[\d+m/g, "").replace(/\s+hint: .*/, "").replace(/(\n +at .*)\1/, "$1");
    return Deno.inspect({ name, text, frames }, { depth: 9 });
  }
}

/** Imports the first file both ways, and returns what is the same of both. */
async function same(files: Record<string, string>): Promise<string> {
  let found = "";
  await withFolder(files, async (folder) => {
    const main = Object.keys(files)[0]!;
    found = await outcome(linked, folder, main);
    assert.equal(found, await outcome(native, folder, main));
  });
  return found;
}

Deno.test("types go, enums and parameter properties stay", async () => {
  const found = await same({
    "main.ts": `
      import { type Shape, Side, area } from "./shapes.ts";
      export enum Level { Low = 1, High = Low << 4, Word = "word" }
      const enum Inline { A = "a" }
      abstract class Base<T> { declare only: string; protected abstract value: T; get it(): T { return this.value; } }
      class Derived extends Base<number> { constructor(protected override value: number, readonly b?: string) { super(); } }
      declare global { interface Window { extra: string } }
      declare namespace Types { type A = number }
      /** @param x a tag is no decorator: namespace Old { } */
      function first<const T extends readonly unknown[]>(x: T): T[0] { return x[0] as T[0]; }
      const checked = { side: Side.Left } satisfies Shape;
      export const results = [Level.High, Level[1], Level.Word, Inline.A, new Derived(3, "b"), new Derived(4).it,
        first([7, 8]), area(<Shape> checked), ((x: Types.A | undefined) => x!)(1)];
    `,
    "shapes.ts": `
      import type { Never } from "./there_is_no_such_file.ts";
      export interface Shape { side: Side; of?: Never }
      export enum Side { Left = 2 }
      export const area = ({ side }: Shape): number => side * 2;
    `,
  });
  assert.match(found, /16,\s+"Low",\s+"word",\s+"a",/);
});

Deno.test("an import that only types are taken from is none", async () => {
  await same({
    "main.ts": `import { Thing, value } from "./other.ts"; import { All } from "./side.ts";
      export const thing: Thing = value; export type Mine = All;`,
    "other.ts": "export interface Thing { a: number } export const value = { a: 1 };",
    "side.ts": 'export type All = 1; throw new Error("is not run");',
  });
});

Deno.test("modules import each other, by live bindings, and wait for each other", async () => {
  const found = await same({
    "main.ts": `
      import { count, odd, setMain } from "./odd.js";
      export const even = (n: number): boolean => n === 0 || odd(n - 1);
      setMain("set");
      export const late = await new Promise<string>((resolve) => setTimeout(() => resolve("later"), 1));
      export { count }; export * as all from "./odd.js";
      export const answers = [even(10), odd(10), count];
    `,
    "odd.js": `
      import { even } from "./main.ts";
      export let count = 0, main;
      export function odd(n) { count++; return n !== 0 && even(n - 1); }
      export const setMain = (value) => { main = value; };
    `,
  });
  assert.match(found, /answers: \[ true, false, 11 \]/);
});

Deno.test("import.meta is that of the user's file, and import() starts there", async () => {
  await same({
    "a b/main.ts": `#!/usr/bin/env -S deno run
      const name: string = "later";
      export const meta = [import.meta.url, import.meta.filename, import.meta.dirname, import.meta.main,
        import.meta.resolve("./x.ts"), import.meta.resolve("../y.ts"), import.meta.resolve("node:path")];
      const { depth } = await import(\`../\${name}.ts\`);
      const { default: json } = await import("../data.json", { with: { type: "json" } });
      export const found = [depth, json, (await import("../later.ts")).depth === depth];
      export const rejected = await import("./nope.ts").catch((error) => error.name);
    `,
    "later.ts": 'import data from "./data.json" with { type: "json" }; export const depth: object = { data };',
    "data.json": '{"a": [1]}',
  });
});

Deno.test("errors are at the user's lines and columns", async () => {
  const found = await same({
    "main.ts": `import { fail, type Fail } from "./fail.ts"; const before: string = \`\${1}\`; import "./side.js";
      enum Kind { A, B }
      class Solver<T> { constructor(private readonly how: T) {} solve(x?: number): never { return fail(this.how as Fail); } }
      export default async () => { await Promise.resolve(before); new Solver<Fail>(Kind.B! as Fail).solve(); };`,
    "fail.ts": `export type Fail = number;
      export function fail(x: Fail): never { const why: string = \`no \${x}\`; throw new RangeError(why as string); }`,
    "side.js": "export {};",
  });
  assert.equal(found.match(/line: /g)?.length, 3);
});

Deno.test("a module that cannot be loaded is named with the place, as Deno names it", async () => {
  const cases: Record<string, string>[] = [
    { "main.ts": 'const x: number = 1;\nimport { q } from "./nope.ts"; q;' },
    { "main.ts": 'import { b } from "./a.ts"; b;', "a.ts": "export const a = 1;" },
    { "main.ts": 'import "./a.js";', "a.js": "const x = 1;\nconst y = ;" },
    { "main.ts": 'throw new (class NoLicence extends Error {})("x");' },
    { "main.ts": 'import x from "./nope.json" with { type: "json" };\nx;' },
  ];
  for (const files of cases) await same(files);
  await withFolder({ "main.ts": 'import x from "not-a-package";\nx;' }, async (folder) => {
    const url = fileUrl(`${folder}/main.ts`);
    await assert.rejects(linked(url), { message: `Import "not-a-package" not a dependency\n    at ${url}:1:15` });
  });
});

Deno.test("what is more than types is refused by name and place", () => {
  const refused = (source: string) => {
    try {
      return stripTypes(source, "file:///home/me/a.ts").code;
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
      return error.message;
    }
  };
  const why = "in the compiled program, in derivatives, and where a package is imported by its bare name";
  assert.equal(
    refused("const a = 1;\nexport namespace N.M { export const x = a; }"),
    `namespace N is not supported ${why}; use a module of its own\n    at file:///home/me/a.ts:2:8`,
  );
  assert.match(refused("module Old { }"), /^module Old .*:1:1$/s);
  assert.match(refused("interface A {}\n@dec class B {}"), /^decorators are not supported .*:2:1$/s);
  assert.match(refused("class B { @dec x = 1 }"), /^decorators .*:1:11$/s);
  assert.match(refused("export default @dec class {}"), /^decorators .*:1:16$/s);
  assert.match(refused("let x: = 1;"), /^Unexpected token\n {4}at file:\/\/\/home\/me\/a\.ts:1:8$/);
  assert.equal(
    refused("declare module 'x' { }\nconst namespace = { module: '@a namespace N {' }").trim().slice(0, 15),
    "const namespace",
  );
});

const PACKAGES = {
  "node_modules/common/package.json": '{"main": "lib/main"}',
  "node_modules/common/lib/main.js":
    'exports.dep = require("dep"); exports.data = require("./data"); exports["a-b"] = 1;',
  "node_modules/common/lib/data.json": '{"a": 1}',
  "node_modules/dep/index.js": 'module.exports = function dep() { return "dep"; };',
  "node_modules/dep/package.json": "{}",
  "node_modules/@scope/modern/package.json": JSON.stringify({
    type: "module",
    imports: { "#inner": "./inner.js" },
    exports: { ".": { types: "./x.d.ts", import: "./main.js" }, "./*": "./sub/*.js" },
  }),
  "node_modules/@scope/modern/main.js":
    'import dep from "dep"; export { inner } from "#inner"; export { old } from "./old.cjs"; export const said = dep();',
  "node_modules/@scope/modern/old.cjs": 'exports.old = "old";',
  "node_modules/mixed/package.json": '{ "exports": { "require": "./a.js", "default": "./b.mjs" } }',
  "node_modules/mixed/a.js": 'exports.mixed = "mixed";',
  "node_modules/mixed/b.mjs": 'import a from "./a.js"; export const { mixed } = a;',
  "node_modules/@scope/modern/inner.js": "export const inner = import.meta.url;",
  "node_modules/@scope/modern/sub/extra.js": 'export default "extra";',
};

Deno.test("packages beside the module are found, in CommonJS and as modules", async () => {
  await withFolder({
    ...PACKAGES,
    "src/main.ts": `
      import common, { data, "a-b" as ab } from "common";
      import { inner, old, said } from "@scope/modern";
      import { mixed } from "mixed";
      import extra from "@scope/modern/extra";
      import main from "common/lib/main.js";
      export const found = [common.dep(), data, ab, said, old, mixed, extra, main === common];
      export { inner };
    `,
  }, async (folder) => {
    const { found, inner } = await linked(fileUrl(`${folder}/src/main.ts`));
    assert.deepEqual(found, ["dep", { a: 1 }, 1, "dep", "old", "mixed", "extra", true]);
    assert.equal(inner, fileUrl(`${folder}/node_modules/@scope/modern/inner.js`));
  });
});

Deno.test("the program's own packages are the program's", async () => {
  await withFolder({
    "main.js": `
      import * as zod from "zod"; import { z } from "@tesseract/runtime"; import { z as npm } from "npm:zod@4.6.7";
      export const found = [zod.z === z, npm === z];
    `,
  }, async (folder) => {
    assert.deepEqual((await linked(fileUrl(`${folder}/main.js`))).found, [true, true]);
  });
});

Deno.test("a module is run once, however often it is imported", async () => {
  await withFolder({ "main.ts": "export const runs: number[] = []; runs.push(1);" }, async (folder) => {
    const url = fileUrl(`${folder}/main.ts`);
    const [a, b] = await Promise.all([linked(url), linked(url)]);
    assert.equal(a, b);
    assert.deepEqual(a.runs, [1]);
  });
});
