/** Imports point one way: what stands left in LAYERS never imports from the right. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";

const LAYERS: readonly (readonly string[])[] = [
  ["arrays"],
  ["schema"],
  ["host"],
  ["storage"],
  ["formats"],
  ["api"],
  ["autodiff"],
  ["gradients", "runs"],
  ["testing"],
  ["endpoints"],
  ["umbridge"],
  ["check"],
  ["workers"],
  ["http"],
  ["client"],
  ["cli"],
];

const root = new URL("..", import.meta.url).pathname;
const lib = join(root, "lib");

function* sources(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** What a file directly in lib/ has is for every folder. */
const layerOf = (path: string): number => {
  if (!relative(lib, path).includes("/")) return -1;
  const folder = relative(lib, path).split("/")[0]!;
  const layer = LAYERS.findIndex((names) => names.includes(folder));
  assert.notEqual(layer, -1, `${path} is in none of the known folders of lib/`);
  return layer;
};

/** The relative imports of a source file, static and dynamic. */
const importsOf = (path: string): string[] =>
  [...Deno.readTextFileSync(path).replace(/^\s*\*.*$/gm, "").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((
    [, to],
  ) => join(path, "..", to!));

Deno.test("in lib/ a folder imports only from itself and from folders before it", () => {
  const wrong: string[] = [];
  for (const path of sources(lib)) {
    for (const target of importsOf(path)) {
      if (!target.endsWith(".ts")) continue; // data, such as the version in deno.json
      if (!target.startsWith(lib)) wrong.push(`${relative(root, path)} imports ${relative(root, target)}`);
      else if (layerOf(target) > layerOf(path)) {
        wrong.push(`${relative(root, path)} imports ${relative(root, target)}, which is above it`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("what importLater imports is written in its call, where the bundler of the npm package finds it", async () => {
  // All of these folders are in the package.
  const folders = ["cli/commands/${file}.ts", "endpoints/${file}.ts"];
  let found = 0;
  for (const path of sources(lib)) {
    if (path === join(lib, "import_later.ts")) continue;
    for (const [, target] of Deno.readTextFileSync(path).matchAll(/importLater<[\s\S]*?>\(\s*([^\s,)]*)/g)) {
      found++;
      const named = /^"(.*)"$/.exec(target!)?.[1];
      if (named === undefined) assert.ok(folders.includes(target!.slice(1, -1)), `${path}: importLater(${target})`);
      else assert.ok((await Deno.stat(join(lib, named))).isFile);
    }
  }
  assert.ok(found > 40, `${found}`);
});

Deno.test("lib/workers/pool/ knows bytes only, nothing of endpoints", () => {
  for (const path of ["pool/pool.ts", "protocol/frames.ts"]) {
    const imports = importsOf(join(lib, "workers", path)).map((target) => relative(lib, target).split("/")[0]);
    assert.deepEqual(imports.filter((folder) => folder !== "workers" && folder !== "host"), []);
  }
});

Deno.test("lib/client/ runs anywhere: of the rest it imports types, and what needs no platform and imports nothing", () => {
  const shared = ["arrays/numbers.ts", "formats/lz4/frame.ts", "in_time.ts"];
  const imported = [...sources(join(lib, "client"))].filter((path) => !/(write_types|array_schema)\.ts$/.test(path))
    .flatMap((
      path,
    ) =>
      [...Deno.readTextFileSync(path).matchAll(/^import (?!type )[^;]*?from "([^"]+)"/gm)]
        .map(([, to]) => relative(lib, join(path, "..", to!)))
        .filter((to) => !to.startsWith("client/"))
    );
  assert.deepEqual([...new Set(imported)].sort(), shared);
});
