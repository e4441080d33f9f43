import assert from "node:assert/strict";
import fc from "fast-check";
import type { DType } from "../../lib/arrays/dtypes.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import type { NdArray, Shape } from "../../lib/arrays/ndarray.ts";
import { parseReference } from "../../lib/formats/binref/reference.ts";
import { json } from "../../lib/formats/json/json.ts";
import { jsonBinref, writeArrays } from "../../lib/formats/binref/json_binref.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";
import type { InputFiles } from "../../lib/storage/access.ts";
import { anyArray, anyDType } from "../arrays/arbitraries.ts";
import { collect } from "./collect.ts";
import { compressFrame } from "./compress_frame.ts";
import { FileServer } from "../storage/file_server.ts";
import { inFolder, numbered } from "../storage/helpers.ts";

const array = (dtype: DType | null = null, shape: Shape = null): Node => ({
  kind: "array",
  type: { dtype, shape, differentiable: false },
  hasArrays: true,
});
const list: Node = { kind: "list", item: array(), hasArrays: true };
const schema = objectNode({ a: array(), b: array(), list });

const reference = (buffer: unknown, dtype: DType, shape: number[], compression?: "lz4") => ({
  shape,
  dtype,
  data: { buffer, encoding: "binref", ...compression && { compression } },
});

async function decode(tree: unknown, inputFiles?: InputFiles, node: Node = schema): Promise<Record<string, unknown>> {
  const chunks = [new TextEncoder().encode(JSON.stringify(tree))];
  return await json.decode(chunks, { schema: node, inputFiles }) as Record<string, unknown>;
}

/** What a reference to a file comes to: the array, or the reason why there is none. */
async function read(value: unknown, inputFiles?: InputFiles): Promise<NdArray | string> {
  const { a } = await decode({ a: value }, inputFiles);
  if (!(a instanceof ArrayFault)) return a as NdArray;
  assert.equal(a.type, "array_decode_error");
  assert.equal(a.ctx["encoding"], "binref");
  return String(a.ctx["error"]);
}

async function encode(
  value: unknown,
  base: string,
  folder = "",
  compression?: "lz4",
): Promise<Record<string, unknown>> {
  const chunks = await jsonBinref.encode(value, { outputFiles: { base, folder }, compression });
  return JSON.parse(new TextDecoder().decode(await collect(chunks)));
}

const float64 = (...values: number[]): NdArray => ({
  dtype: "float64",
  shape: [values.length],
  data: new Float64Array(values),
});

Deno.test("parseReference() splits off an offset and a size, and leaves the rest to the path", () => {
  const cases: [string, string, number, number | undefined][] = [
    ["a.bin", "a.bin", 0, undefined],
    ["a.bin:4", "a.bin", 4, undefined],
    ["a.bin:4:10", "a.bin", 4, 10],
    ["a:1:2:3", "a:1", 2, 3],
    ["a.bin:-4", "a.bin:-4", 0, undefined],
    ["a.bin:", "a.bin:", 0, undefined],
    [":5", ":5", 0, undefined],
    ["http://host:80/a.bin:5", "http://host:80/a.bin", 5, undefined],
    ["ü a+b%20.bin:007", "ü a+b%20.bin", 7, undefined],
  ];
  for (const [text, path, offset, size] of cases) assert.deepEqual(parseReference(text), { path, offset, size });
  for (const text of ["", 5, null, ["a.bin"], {}]) assert.throws(() => parseReference(text), ArrayFault);
});

Deno.test("arrays of all dtypes and shapes are read as they were written", () =>
  inFolder(async (base) => {
    const item = anyDType.chain((dtype) => anyArray(dtype));
    const value = fc.record({ a: item, list: fc.array(item, { maxLength: 3 }) }, { noNullPrototype: true });
    const options = fc.constantFrom(undefined, "lz4" as const);
    await fc.assert(
      fc.asyncProperty(value, options, fc.constantFrom("", "run_7"), async (value, compression, folder) => {
        const tree = await encode(value, base, folder, compression);
        assert.deepEqual(await decode(tree, { base, allowed: [] }), value);
      }),
      { numRuns: 60 },
    );
  }));

Deno.test("the arrays of a result follow each other in one file of the run's folder", () =>
  inFolder(async (base) => {
    const a: NdArray = { dtype: "int8", shape: [3], data: new Int8Array([1, 2, 3]) };
    const s: NdArray = { dtype: "int16", shape: [], data: new Int16Array([7]) };
    const tree = await encode({ b: float64(0.5), n: 1, a, list: [s] }, base, "run_x");
    const [folder] = [...Deno.readDirSync(base)];
    const files = [...Deno.readDirSync(`${base}/run_x`)].map(({ name }) => name);
    assert.equal(folder!.name, "run_x");
    assert.equal(files.length, 1);
    assert.match(files[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.bin$/);
    const encoded = (shape: number[], dtype: string, offset: number) => ({
      object_type: "array",
      shape,
      dtype,
      data: { buffer: `run_x/${files[0]}:${offset}`, encoding: "binref" },
    });
    const expected = {
      b: encoded([1], "float64", 0),
      n: 1,
      a: encoded([3], "int8", 8),
      list: [encoded([], "int16", 11)],
    };
    assert.equal(JSON.stringify(tree), JSON.stringify(expected));
    assert.deepEqual([...Deno.readFileSync(`${base}/run_x/${files[0]}`)], [0, 0, 0, 0, 0, 0, 224, 63, 1, 2, 3, 7, 0]);
  }));

Deno.test("compressed arrays tell their compressed size, and that they are compressed", () =>
  inFolder(async (base) => {
    const zeros = float64(...new Array(1000).fill(0));
    const tree = await encode({ a: zeros, b: zeros }, base, "", "lz4");
    const text = JSON.stringify(tree);
    const [, first, second, offset] = /\.bin:0:(\d+)".*\.bin:(\d+):(\d+)"/.exec(text)!;
    assert(Number(first) < 100);
    assert.deepEqual([second, offset], [first, first]);
    assert.match(text, /"encoding":"binref","compression":"lz4"\}/);
    assert.deepEqual(await decode(tree, { base }), { a: zeros, b: zeros });
  }));

Deno.test("a result without arrays writes no file", () =>
  inFolder(async (base) => {
    assert.deepEqual(await encode({ greeting: "Hello" }, `${base}/none`), { greeting: "Hello" });
    assert.deepEqual([...Deno.readDirSync(base)], []);
  }));

Deno.test("a file that is large enough is followed by another one", () =>
  inFolder(async (base) => {
    const arrays = [1, 2, 3, 4, 5].map((value) => float64(value, value));
    const references = await writeArrays(arrays, { base, folder: "" }, undefined, 20);
    const [first, second, third] = [...new Set(references.map((text) => text.split(":")[0]))];
    assert.deepEqual(references, [`${first}:0`, `${first}:16`, `${second}:0`, `${second}:16`, `${third}:0`]);
    assert.deepEqual([first, second, third].map((name) => Deno.statSync(`${base}/${name}`).size), [32, 32, 16]);
  }));

Deno.test("where a later file cannot be written, the earlier ones are removed", () =>
  inFolder(async (base) => {
    const broken = {
      ...float64(1),
      get data(): never {
        assert.equal([...Deno.readDirSync(base)].length, 2, "the first file is there, the second one on its way");
        throw new RangeError("no more");
      },
    };
    await assert.rejects(writeArrays([float64(1), broken], { base, folder: "" }, undefined, 1), RangeError);
    assert.deepEqual([...Deno.readDirSync(base)], []);
  }));

Deno.test("a reference starts from the input path, at any offset, and what follows does not matter", () =>
  inFolder(async (base) => {
    const bytes = new Uint8Array([9, 1, 0, 2, 0, 3, 0]);
    Deno.mkdirSync(`${base}/sub`);
    Deno.writeFileSync(`${base}/sub/x.bin`, bytes);
    const expected = { dtype: "int16", shape: [2], data: new Int16Array([1, 2]) };
    for (const text of ["sub/x.bin:1", "./sub//x.bin:1", "sub/x.bin:1:4", "sub/x.bin:1:99", `${base}/sub/x.bin:1`]) {
      assert.deepEqual(await read(reference(text, "int16", [2]), { base }), expected);
    }
    const two = { a: reference("sub/x.bin:1", "int16", [2]), b: reference("sub/x.bin:3", "int16", [2]), list: [] };
    const { b } = await decode(two, { base });
    assert.deepEqual(b, { ...expected, data: new Int16Array([2, 3]) });
  }));

Deno.test("the bytes of bools that are not 0 are true", () =>
  inFolder(async (base) => {
    const bytes = new Uint8Array([0, 7, 255]);
    const frame = compressFrame(bytes);
    Deno.writeFileSync(`${base}/plain`, bytes);
    Deno.writeFileSync(`${base}/frame`, frame);
    const expected = { dtype: "bool", shape: [3], data: new Uint8Array([0, 1, 1]) };
    assert.deepEqual(await read(reference("plain", "bool", [3]), { base }), expected);
    assert.deepEqual(await read(reference(`frame:0:${frame.length}`, "bool", [3], "lz4"), { base }), expected);
  }));

Deno.test("a file that is missing, short or something else is a fault that says so, without the path on the server", () =>
  inFolder(async (base) => {
    Deno.mkdirSync(`${base}/sub`);
    Deno.writeFileSync(`${base}/ok.bin`, numbered(12));
    const cases: [unknown, RegExp][] = [
      ["nowhere.bin", /^nowhere.bin: there is no such file$/],
      ["ok.bin:-4", /^ok.bin:-4: there is no such file$/],
      ["ok.bin:4", /^ok.bin is too short: expected 12 bytes at offset 4, but it has 12 bytes in all$/],
      ["ok.bin:100", /too short/],
      ["ok.bin:99999999999999999999999", /too short/],
      ["sub", /it is a directory/],
      ["ok.bin/x", /not a directory/],
      ["nosuch://x/y.bin", /expected a local path/],
      ["a\0b", /^a\0b: /],
      ["", /not a string of the form/],
      [5, /not a string of the form/],
    ];
    for (const [buffer, words] of cases) {
      const reason = await read(reference(buffer, "float32", [3]), { base });
      assert.match(String(reason), words);
      assert(!String(reason).includes(base));
    }
    assert.deepEqual(await read(reference("ok.bin:12", "float32", [0]), { base }), {
      dtype: "float32",
      shape: [0],
      data: new Float32Array(0),
    });
    assert.match(String(await read(reference("ok.bin:13", "float32", [0]), { base })), /too short/);
  }));

Deno.test("compressed data needs its size, and must be a frame of the right content", () =>
  inFolder(async (base) => {
    const frame = compressFrame(numbered(24));
    Deno.writeFileSync(`${base}/z`, new Uint8Array([1, 2, 3, ...frame, ...numbered(200_000)]));
    const of = async (text: string, size = 3) => await read(reference(text, "float64", [size], "lz4"), { base });
    assert.equal(typeof await of(`z:3:${frame.length}`), "object");
    assert.match(String(await of("z:3")), /needs its size/);
    assert.match(String(await of("z")), /needs its size/);
    assert.match(String(await of(`z:2:${frame.length}`)), /do not begin like an LZ4 frame/);
    assert.match(String(await of(`z:3:${frame.length - 1}`)), /cut short/);
    assert.match(String(await of(`z:3:${frame.length}`, 4)), /has 24 bytes of content, expected 32/);
    assert.match(String(await of("z:3:300000")), /too short/);
    assert.match(String(await of("z:3:150000")), /too many/);
    assert.match(String(await of(`z:3:${frame.length}`, 1e9)), /cannot hold/);
  }));

Deno.test("no more memory is asked for than the file can fill", () =>
  inFolder(async (base) => {
    Deno.writeFileSync(`${base}/a`, numbered(8));
    for (const shape of [[1e12], [2 ** 53 - 1, 2 ** 53 - 1], new Array(60).fill(2 ** 50)]) {
      assert.match(String(await read(reference("a", "float64", shape), { base })), /too short/);
      assert.match(String(await read(reference("a:0:8", "float64", shape, "lz4"), { base })), /cannot hold/);
    }
  }));

Deno.test("everything that needs no file is checked before a file is opened", async () => {
  const node = objectNode({ a: array("float32", [3]) });
  const fault = async (value: unknown) => (await decode({ a: value }, undefined, node))["a"] as ArrayFault;
  assert.equal((await fault(reference("x", "float32", [4]))).type, "array_shape_mismatch");
  assert.equal((await fault(reference("x", "complex64", [3]))).type, "array_dtype_mismatch");
  assert.equal((await fault(reference(5, "float32", [3]))).type, "array_decode_error");
  assert.equal((await fault({ ...reference("x", "float32", [3]), more: 1 })).type, "extra_forbidden");
});

Deno.test("where nothing says which files may be read, none is", async () => {
  assert.match(String(await read(reference("/dev/null", "int8", [0]))), /no files can be read here/);
});

Deno.test("in abstract evaluation references are left as they are", async () => {
  const tree = { a: reference("nowhere.bin", "float32", [3]) };
  const chunks = [new TextEncoder().encode(JSON.stringify(tree))];
  assert.deepEqual(await json.decode(chunks, { schema, abstract: true }), tree);
});

Deno.test("of a file on another server only the array is read; one request fewer for each further array in it", async () => {
  await using server = new FileServer(numbered(1_000_000));
  const value = reference(`${server.url}:900000`, "uint8", [10]);
  const { a, b } = await decode({ a: value, b: { ...value, data: { ...value.data, buffer: `${server.url}:5` } } }, {
    base: "/in",
  });
  assert.deepEqual((a as NdArray).data, numbered(1_000_000).slice(900_000, 900_010));
  assert.deepEqual((b as NdArray).data, numbered(1_000_000).slice(5, 15));
  assert.deepEqual(server.requests.map((head) => /range: (.*)\r/i.exec(head)![1]).sort(), [
    "bytes=0-0",
    "bytes=5-14",
    "bytes=900000-900009",
  ]);
  const refused = await read(value, { base: "/in", allowed: [] });
  assert.match(String(refused), /only files inside the input path may be read/);
  server.faults.push({ status: 404 });
  assert.match(String(await read(value, { base: "/in" })), /there is no such file/);
  assert.equal(server.requests.length, 4);
});

Deno.test("many references to many files are all read, and the files closed", () =>
  inFolder(async (base) => {
    const items = Array.from({ length: 50 }, (_, i) => {
      Deno.writeFileSync(`${base}/${i % 20}.bin`, new Uint8Array([i % 20]));
      return reference(i === 7 ? "missing.bin" : `${i % 20}.bin`, "uint8", []);
    });
    const { list } = await decode({ list: items }, { base }) as { list: (NdArray | ArrayFault)[] };
    assert.equal(list.length, 50);
    for (const [i, item] of list.entries()) {
      assert.equal(item instanceof ArrayFault ? "fault" : item.data[0], i === 7 ? "fault" : i % 20);
    }
  }));

Deno.test("a payload may be a reference as a whole", () =>
  inFolder(async (base) => {
    Deno.writeFileSync(`${base}/a`, new Uint8Array([5]));
    const found = await decode(reference("a", "int8", [1]), { base }, array()) as unknown;
    assert.deepEqual(found, { dtype: "int8", shape: [1], data: new Int8Array([5]) });
  }));

Deno.test("jsonBinref.encode() needs a place for its files", async () => {
  const array = { dtype: "int8", shape: [1], data: new Int8Array(1) };
  await assert.rejects(async () => await jsonBinref.encode({ array }, {}), TypeError);
  assert.deepEqual(await jsonBinref.encode({}, {}), [new TextEncoder().encode("{}")]);
});

Deno.test("an array that does not fit into memory is a fault at its field", async () => {
  await inFolder(async (base) => {
    const file = await Deno.open(`${base}/huge.bin`, { write: true, create: true });
    await file.truncate(2 ** 42);
    file.close();
    assert.match(String(await read(reference("huge.bin", "float64", [2 ** 39]), { base })), /not fit into memory/);
    const compressed = reference(`huge.bin:0:${2 ** 40}`, "float64", [2 ** 38], "lz4");
    assert.match(String(await read(compressed, { base })), /not fit into memory/);
  });
});

Deno.test("few files are open at a time, however often each is referred to", async () => {
  await inFolder(async (base) => {
    const names = Array.from({ length: 200 }, (_, i) => `${i}.bin`);
    for (const name of names) await Deno.writeFile(`${base}/${name}`, numbered(16));
    const references = [0, 8].flatMap((offset) => names.map((name) => reference(`${name}:${offset}`, "uint8", [8])));
    let most = 0;
    const open = Deno.open;
    Deno.open = async (...args) => {
      const file = await open(...args);
      most = Math.max(most, [...Deno.readDirSync("/proc/self/fd")].length);
      return file;
    };
    const before = [...Deno.readDirSync("/proc/self/fd")].length;
    try {
      const { list } = await decode({ list: references }, { base }) as { list: NdArray[] };
      assert(list.every(({ data }) => data.length === 8));
    } finally {
      Deno.open = open;
    }
    assert(most <= before + 8, `${most - before} files`);
  });
});

Deno.test("a reference of any length is refused in a few words", () =>
  inFolder(async (base) => {
    for (const path of ["a/".repeat(96_000), "x".repeat(5000), `${"a".repeat(200)}/`.repeat(100)]) {
      for (const inputFiles of [{ base, allowed: [] }, { base }]) {
        const reason = await read(reference(`${path}:0`, "float64", [1]), inputFiles);
        assert(typeof reason === "string" && reason.length < 300, String(reason).slice(0, 400));
      }
    }
  }));
