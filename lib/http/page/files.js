/**
 * Arrays from files: JSON, numbers in lines (CSV), and NumPy's .npy.
 * @module
 */
import { encode, isEncoded, parseRow, shapeOf, sizeOf } from "./arrays.js";
import { parseJson } from "./json.js";

/** Longer lists are sent as bytes, which are smaller. */
const MOST_IN_LISTS = 2000;

/** Lists or an encoded array. Throws what is wrong, for people. */
export async function readArrayFile(file, type) {
  if (file.name.endsWith(".npy")) return npyArray(await file.arrayBuffer());
  const text = await file.text();
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : rowsOf(text, type);
  if (isEncoded(value)) return value;
  const shape = shapeOf(value);
  if (shape === undefined) throw new Error("the rows are not all of one length");
  const isBytes = sizeOf(shape) > MOST_IN_LISTS && type.dtype?.startsWith("float");
  return isBytes ? encode({ dtype: "float64", shape, data: Float64Array.from(value.flat(Infinity), Number) }) : value;
}

function rowsOf(text, { shape }) {
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#")).map(parseRow);
  if (rows.length > 1 && rows[0].every((item) => typeof item === "string")) rows.shift(); // names of the columns
  return (shape?.length ?? (rows.length > 1 ? 2 : 1)) === 1 ? rows.flat() : rows;
}

/** https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
function npyArray(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || view.getUint32(0) !== 0x934e554d) throw new Error("it is no .npy file");
  const isFirst = view.getUint8(6) === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder("latin1").decode(new Uint8Array(buffer, start, length));
  const [, kind, bytes] = /'descr':\s*'[<|=]([fiubc])(\d+)'/.exec(header) ?? [];
  const sizes = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (kind === undefined || sizes === undefined || /'fortran_order':\s*True/.test(header)) {
    throw new Error("only little-endian numbers in C order are understood");
  }
  const names = { f: "float", i: "int", u: "uint", c: "complex" };
  const dtype = kind === "b" ? "bool" : `${names[kind]}${8 * Number(bytes)}`;
  return encode({
    dtype,
    shape: sizes.split(",").map((size) => size.trim()).filter((size) => size !== "").map(Number),
    data: new Uint8Array(buffer, start + length),
  });
}
