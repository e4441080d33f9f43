/**
 * `deno run -A bench/growth.ts [NAME]`: how the time to read and validate a payload grows with its size. The payloads
 * (those with NAME in their names) are such as an attacker may think of, each in four sizes that double: no row may
 * grow by much more than 2 from column to column. (Objects with hundreds of thousands of keys do a little, because V8
 * keeps them in hash tables, which outgrow the caches of the processor.)
 */
import { z } from "zod";
import { toBase64 } from "../lib/formats/base64.ts";
import { concat } from "../lib/formats/chunks.ts";
import { compressChunks } from "../lib/formats/lz4/frame.ts";
import { writeMsgpack } from "../lib/formats/msgpack/write.ts";
import { formatOfFirstByte, loadFormat } from "../lib/formats/registry.ts";
import { array } from "../lib/schema/array_types.ts";
import { readSchema } from "../lib/schema/read.ts";
import { validate } from "../lib/schema/validate.ts";

const anyShape = () => array(null, "float64");
const { node: schema } = readSchema(
  z.object({
    array: anyShape(),
    arrays: z.array(anyShape()),
    record: z.record(z.string(), anyShape()),
    union: z.union([anyShape(), z.array(z.array(z.any())), z.string()]),
    any: z.any(),
  }).partial(),
  "schema",
);

/** `n` bytes, more or less, of what `item` makes. */
function repeat(n: number, item: (i: number) => string, separator = ","): string {
  const one = item(1000).length + separator.length;
  return Array.from({ length: Math.ceil(n / one) }, (_, i) => item(i)).join(separator);
}

const encoded = (shape: number, dtype: string, buffer: string, encoding: string, more = "") =>
  `{"shape":[${shape}],"dtype":"${dtype}","data":{"buffer":"${buffer}","encoding":"${encoding}"${more}}}`;
const reference = (buffer: string) => encoded(1, "float64", buffer, "binref");
const frame = (size: number, ...parts: Uint8Array[]) =>
  encoded(size, "int8", toBase64(concat(parts)), "base64", ',"compression":"lz4"');
const MAGIC = new Uint8Array([0x04, 0x22, 0x4d, 0x18, 0x60, 0x50, 0xfb]);
const times = (count: number, ...bytes: number[]) =>
  new Uint8Array(count * bytes.length).map((_, i) => bytes[i % bytes.length]!);

/** Fields of a payload, by a name for what they are. */
const TEXTS: Readonly<Record<string, (n: number) => string>> = {
  "keys": (n) => `"any":{${repeat(n, (i) => `"k${i}":${i}`)}}`,
  "unknown keys": (n) => repeat(n, (i) => `"k${i}":${i}`),
  "keys that are integers": (n) => `"any":{${repeat(n, (i) => `"${i * 4001}":${i}`)}}`,
  "one key, again and again": (n) => `"any":{${repeat(n, (i) => `"k":${i}`)}}`,
  "keys and NaN": (n) => `"any":{"x":NaN,${repeat(n, (i) => `"k${i}":${i}`)}}`,
  "a record of lists": (n) => `"record":{${repeat(n, (i) => `"k${i}":[1,2,3]`)}}`,
  "a record of base64": (n) => `"record":{${repeat(n, (i) => `"k${i}":${encoded(1, "int8", "AA==", "base64")}`)}}`,
  "nested lists": (n) => `"any":[${repeat(n, () => "[".repeat(200) + "]".repeat(200))}]`,
  "brackets that open": (n) => `"any":${"[".repeat(n)}`,
  "brackets and space": (n) => `"any":[${repeat(n, () => `[${" ".repeat(990)}x`)}`,
  "ragged lists": (n) => `"array":[${repeat(n / 2, () => "[1,2,3],[1,2]")}]`,
  "a list with an object at its end": (n) => `"union":[${repeat(n, () => "[1.5,2]")},[{}]]`,
  "lists with an object at their end": (n) => `"any":[${repeat(n, () => `[${repeat(2e4, () => "1")},{}]`)}]`,
  "booleans": (n) => `"array":[${repeat(n, () => "true")}]`,
  "nulls": (n) => `"array":[${repeat(n, () => "null")}]`,
  "complex numbers": (n) => `"array":[${repeat(n, () => `"1+2j"`)}]`,
  "integers of 19 digits": (n) => `"array":[${repeat(n, () => "9007199254740993123")}]`,
  "integers of 300 digits": (n) => `"array":[${repeat(n, () => "1" + "0".repeat(299))}]`,
  "a long integer": (n) => `"any":${"1".repeat(n)}`,
  "a long fraction": (n) => `"any":9007199254740993.${"0".repeat(n)}1`,
  "zeros and an exponent": (n) => `"any":1${"0".repeat(n)}1e-${n}`,
  "a long string": (n) => `"any":"${"é".repeat(n / 2)}"`,
  "backslashes and NaN": (n) => `"any":["${"\\\\".repeat(n / 2)}",NaN]`,
  "escaped quotes and NaN": (n) => `"any":["${'\\"'.repeat(n / 2)}",NaN]`,
  "empty strings": (n) => `"any":[${repeat(n, () => '""')}]`,
  "a string without an end": (n) => `"any":"${"a".repeat(n)}`,
  "almost base64": (n) => `"any":"${"A".repeat(n)}?"`,
  "many that are almost base64": (n) => `"any":[${repeat(n, () => `{"b":"${"A".repeat(19_000)}?"}`)}]`,
  "base64": (n) => `"array":${encoded(3 * (n >> 2), "int8", "A".repeat(n), "base64")}`,
  "a frame of zeros": (n) => `"array":${frame(20 * n, ...compressChunks(new Uint8Array(20 * n)))}`,
  "a frame of small blocks": (n) => `"array":${frame(n, MAGIC, times(n / 8, 1, 0, 0, 0x80, 7), new Uint8Array(4))}`,
  "frames to be skipped": (n) => `"array":${frame(n, times(n / 11, 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0))}`,
  "a reference of many folders": (n) => `"array":${reference("a/".repeat(n / 2) + ":0")}`,
  "a reference of many parents": (n) => `"array":${reference("../".repeat(n / 3) + ":0")}`,
  "a reference of colons": (n) => `"array":${reference(":".repeat(n))}`,
  "a reference of digits": (n) => `"array":${reference(`a:${"1".repeat(n)}x`)}`,
  "a reference of offsets": (n) => `"array":${reference(`a${":1".repeat(n / 2)}x`)}`,
  "references to files that are not there": (n) => `"arrays":[${repeat(n, (i) => reference(`${i}.bin`))}]`,
  "references to one file": (n) => `"arrays":[${repeat(n, () => reference("a.bin"))}]`,
  "a long shape": (n) =>
    `"array":{"shape":[${repeat(n, () => "1")}],"dtype":"int8","data":{"buffer":"","encoding":"json"}}`,
};

const VALUES: Readonly<Record<string, (n: number) => unknown>> = {
  "msgpack: keys": (n) => ({ any: Object.fromEntries(Array.from({ length: n / 8 }, (_, i) => [`k${i}`, i])) }),
  "msgpack: lists": (n) => ({ any: Array.from({ length: n / 2 }, (_, i) => [i % 100]) }),
  "msgpack: arrays": (n) => ({
    arrays: Array.from({ length: n / 50 }, () => ({ dtype: "int8", shape: [1], data: new Int8Array(1) })),
  }),
};

const folder = await Deno.makeTempDir();
await Deno.writeFile(`${folder}/a.bin`, new Uint8Array(8));

/** The milliseconds to read and validate a payload that arrives in pieces of 64 KiB. */
async function measure(payload: Uint8Array): Promise<number> {
  const pieces = function* () {
    for (let at = 0; at < payload.length; at += 2 ** 16) yield payload.subarray(at, at + 2 ** 16);
  };
  const { decode } = await loadFormat(formatOfFirstByte(payload[0]));
  const begin = performance.now();
  try {
    const inputFiles = { base: folder, allowed: [] };
    validate(schema, await decode(pieces(), { schema, inputFiles }), "input");
  } catch (error) {
    if ((error as Error).name !== "Undecodable") throw error;
  }
  return performance.now() - begin;
}

const SIZES = [1, 2, 4, 8].map((mebibytes) => mebibytes * 2 ** 20);
const encoder = new TextEncoder();
const cases = [
  ...Object.entries(TEXTS).map(([name, text]) => [name, (n: number) => encoder.encode(`{${text(n)}}`)] as const),
  ...Object.entries(VALUES).map(([name, value]) => [name, (n: number) => concat(writeMsgpack(value(n)))] as const),
];
console.log(`| milliseconds for | 1 MiB | 2 | 4 | 8 |\n|${" --- |".repeat(5)}`);
const [part = ""] = Deno.args;
for (const [name, make] of cases.filter(([name]) => name.includes(part))) {
  const cells: string[] = [];
  for (const size of SIZES) {
    const payload = make(size);
    const figures = [];
    for (let i = 0; i < 3; i++) figures.push(await measure(payload));
    cells.push(Math.min(...figures).toFixed(0));
  }
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
await Deno.remove(folder, { recursive: true });
