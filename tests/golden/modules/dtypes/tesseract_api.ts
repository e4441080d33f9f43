import { anyShape, array, defineTesseract, scalar, z } from "@tesseract/runtime";

const DTYPES = [
  "float16",
  "float32",
  "float64",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "complex64",
  "complex128",
] as const;

/** Every field, in order: its array type and its description. */
const fields: [string, z.ZodType, string][] = [
  ...DTYPES.flatMap((dtype): [string, z.ZodType, string][] => [
    [`v_${dtype}`, array([null], dtype), `A vector of ${dtype}.`],
    [`s_${dtype}`, scalar(dtype), `A scalar of ${dtype}.`],
  ]),
  ["fixed", array([2, 3], "float64"), "A 2 by 3 matrix."],
  ["part", array([null, 3], "float64"), "A matrix with three columns."],
  ["one", array([1, null], "float64"), "A matrix with one row."],
  ["cube", array([2, null, 2], "int32"), "Rank three, middle size free."],
  ["any_shape", array(anyShape, "float64"), "Any shape, float64."],
  ["any_dtype", array([null], null), "A vector of any dtype."],
  ["any_all", array(anyShape, null), "Any shape, any dtype."],
];

/** All fields may be left out, which is not the same as null here: what was not given does not come back. */
const schema = () =>
  z.object(Object.fromEntries(fields.map(([name, type, text]) => [name, type.nullish().describe(text)])));

/** The fields that were given, in the order of the schema. */
function given(inputs: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(fields.flatMap(([name]) => inputs[name] === undefined ? [] : [[name, inputs[name]]]));
}

export default defineTesseract({
  description: "Return every field that was given, unchanged.",
  InputSchema: schema(),
  OutputSchema: schema(),

  apply(inputs) {
    return given(inputs);
  },

  abstractEval(inputs) {
    return given(inputs) as never;
  },
});
