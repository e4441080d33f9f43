import assert from "node:assert/strict";
import { z } from "zod";
import { fileSideOf, inputPath, outputPath } from "../../lib/schema/file_types.ts";
import { SchemaWriter } from "../../lib/schema/json_schema.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { describeFault } from "../../lib/schema/messages.ts";
import { type Mode, validate } from "../../lib/schema/validate.ts";

/** `in` with a file and links, `out/run_7` with a file, `secret` beside them. */
async function withFolders(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/in/sub`, { recursive: true });
    await Deno.mkdir(`${folder}/out/run_7`, { recursive: true });
    for (const name of ["in/a.txt", "in/sub/b.txt", "out/c.txt", "out/run_7/d.txt", "secret"]) {
      await Deno.writeTextFile(`${folder}/${name}`, name);
    }
    await Deno.symlink("../secret", `${folder}/in/out`);
    await Deno.symlink("..", `${folder}/in/up`);
    await Deno.symlink("a.txt", `${folder}/in/same`);
    await Deno.symlink("nowhere", `${folder}/in/dangling`);
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function run(schema: z.ZodType, value: unknown, mode: Mode, folder: string) {
  const places = { inputPath: `${folder}/in`, outputPath: `${folder}/out/run_7`, outputBase: `${folder}/out` };
  const { node, faults } = readSchema(schema, "");
  assert.deepEqual(faults, []);
  return validate(node, value, mode, { places });
}

Deno.test("an input path reaches user code absolute, a file or a folder", () =>
  withFolders((folder) => {
    const Files = z.object({ files: z.array(inputPath()), extra: inputPath().optional() });
    const files = ["a.txt", "./sub/b.txt", "sub", "same", "."];
    const { value, faults } = run(Files, { files }, "input", folder);
    assert.deepEqual(faults, []);
    const absolute = ["a.txt", "sub/b.txt", "sub", "a.txt"].map((name) => `${folder}/in/${name}`);
    assert.deepEqual(value, { files: [...absolute, `${folder}/in`] });
  }));

Deno.test("an input path never leaves the input path, and tells nothing of what is outside", () =>
  withFolders((folder) => {
    const refused: [unknown, string, RegExp][] = [
      ["../secret", "value_error", /'\.\.' is not allowed/],
      ["sub/../../secret", "value_error", /'\.\.' is not allowed/],
      [`${folder}/in/a.txt`, "value_error", /absolute path/],
      ["/etc/passwd", "value_error", /absolute path/],
      ["out", "value_error", /There is no file or folder '.*' inside the input path/],
      ["up/secret", "value_error", /There is no file or folder '.*' inside the input path/],
      ["up/nowhere", "value_error", /There is no file or folder 'up\/nowhere' inside the input path/],
      ["dangling", "value_error", /There is no file/],
      ["nowhere", "value_error", /There is no file/],
      ["", "value_error", /Expected the path/],
      ["a.txt\0", "value_error", /Expected the path/],
      ["https://example.org/a.txt", "value_error", /is a URL; input files work with local paths only/],
      ["file:///etc/passwd", "value_error", /is a URL/],
      [5, "string_type", /Expected a string/],
      [null, "string_type", /Expected a string/],
    ];
    for (const [path, type, words] of refused) {
      const { faults } = run(z.object({ file: inputPath() }), { file: path }, "input", folder);
      assert.deepEqual(faults.map(({ type, loc }) => [type, ...loc]), [[type, "file"]], String(path));
      assert.match(describeFault(faults[0]!), words);
      if (!String(path).includes(folder)) assert.ok(!describeFault(faults[0]!).includes(folder));
    }
  }));

Deno.test("an output path is sent relative, however it is given; refinements see it absolute", () =>
  withFolders((folder) => {
    const seen: unknown[] = [];
    const note = (value: unknown) => seen.push(value) > 0;
    const Files = z.object({ file: outputPath().refine(note), list: z.array(outputPath()) }).refine(note);
    const given = { file: "d.txt", list: [`${folder}/out/c.txt`, `${folder}/out/run_7`] };
    const { value, faults } = run(Files, given, "output", folder);
    assert.deepEqual(faults, []);
    assert.deepEqual(value, { file: "run_7/d.txt", list: ["c.txt", "run_7"] });
    const absolute = `${folder}/out/run_7/d.txt`;
    assert.deepEqual(seen, [absolute, {
      file: absolute,
      list: [`${folder}/out/c.txt`, `${folder}/out/run_7`],
    }]);
  }));

Deno.test("an output path must exist, inside the output path", () =>
  withFolders((folder) => {
    for (const path of ["nowhere", "../../secret", `${folder}/secret`, "/etc/passwd", "s3://bucket/key", ""]) {
      const { faults } = run(z.object({ file: outputPath() }), { file: path }, "output", folder);
      assert.deepEqual(faults.map(({ type, loc }) => [type, ...loc]), [["value_error", "file"]], path);
    }
  }));

Deno.test("what is neither a file nor a folder is not there: user code that opens a pipe would wait forever", () =>
  withFolders((folder) => {
    for (const [side, type, path] of [["input", inputPath, "in"], ["output", outputPath, "out/run_7"]] as const) {
      using _socket = Deno.listen({ transport: "unix", path: `${folder}/${path}/socket` });
      const { faults } = run(z.object({ file: type() }), { file: "socket" }, side, folder);
      assert.deepEqual(faults.map(({ type, loc }) => [type, ...loc]), [["value_error", "file"]], side);
      assert.match(describeFault(faults[0]!), /There is no file or folder 'socket' in/);
    }
  }));

Deno.test("an input file that is given back is sent relative to the input path", () =>
  withFolders((folder) => {
    const { value } = run(z.object({ file: inputPath() }), { file: `${folder}/in/sub/b.txt` }, "output", folder);
    assert.deepEqual(value, { file: "sub/b.txt" });
  }));

Deno.test("abstract results name files that nobody has written", () =>
  withFolders((folder) => {
    const { value, faults } = run(z.object({ file: outputPath() }), { file: "later.txt" }, "abstract output", folder);
    assert.deepEqual([value, faults], [{ file: "later.txt" }, []]);
  }));

Deno.test("where the input or output path is a URL, the fault says that files have to be local", () => {
  const places = { inputPath: "s3://bucket/in", outputPath: "s3://bucket/out/run_7", outputBase: "s3://bucket/out" };
  const { node } = readSchema(z.object({ file: inputPath() }), "");
  const { node: output } = readSchema(z.object({ file: outputPath() }), "");
  assert.match(describeFault(validate(node, { file: "a" }, "input", { places }).faults[0]!), /local paths only/);
  assert.match(describeFault(validate(output, { file: "a" }, "output", { places }).faults[0]!), /local paths only/);
});

Deno.test("a prefaulted input path is a path like any other", () =>
  withFolders((folder) => {
    const schema = z.object({ file: inputPath().prefault("a.txt") });
    assert.deepEqual(run(schema, {}, "input", folder).value, { file: `${folder}/in/a.txt` });
  }));

Deno.test("paths are texts of format path in JSON Schema, and the side survives wrappers", () => {
  const { node } = readSchema(z.object({ file: inputPath().describe("A mesh.").optional() }), "");
  const options = { io: "input", abstract: false, prefix: "", schemas: new Map(), at: "#/" } as const;
  assert.deepEqual(new SchemaWriter(options).write(node).properties, {
    file: { title: "File", type: "string", format: "path", description: "A mesh." },
  });
  assert.equal(fileSideOf(outputPath().describe("x").refine(() => true)), "output");
  assert.equal(fileSideOf(z.string()), undefined);
  assert.deepEqual(z.toJSONSchema(outputPath()).format, "path");
});

Deno.test("parse() by hand takes texts only", () => {
  assert.equal(inputPath().parse("a.txt"), "a.txt");
  assert.equal(inputPath().safeParse(5).success, false);
});
