import assert from "node:assert/strict";
import { array } from "../../mod.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { validate } from "../../lib/schema/validate.ts";
import { describeFault, dotted, faultJson } from "../../lib/schema/messages.ts";

Deno.test("what a payload says is repeated only as far as it is short", () => {
  const long = "x".repeat(300_000);
  const faults = [
    { type: "array_invalid_dtype", ctx: { dtype: long } },
    { type: "union_tag_invalid", ctx: { tag: long, discriminator: "kind", expected_tags: "'a'" } },
    { type: "array_decode_error", ctx: { encoding: "binref", error: long } },
    { type: "array_shape_mismatch", ctx: { actual_shape: Array(300_000).fill(1) } },
  ];
  for (const fault of faults) assert(JSON.stringify(faultJson({ ...fault, loc: [] }, [])).length < 2000);
  const expected = "'a'".repeat(100_000);
  assert(describeFault({ type: "literal_error", loc: [], ctx: { expected } }).includes(expected));
  assert(dotted(["inputs", long]).length < 500);
  const error = `${long}: there is no such file`;
  assert.match(describeFault({ type: "array_decode_error", loc: [], ctx: { error } }), /there is no such file$/);
  const pattern = "a{1}".repeat(1000);
  assert(describeFault({ type: "string_pattern_mismatch", loc: [], ctx: { pattern } }).endsWith(pattern));
});

Deno.test("control characters of a payload start no line of their own", () => {
  assert.equal(dotted(["a\nError: b\u001b[31m"]), "a\\nError: b\\u001b[31m");
  const words = describeFault({ type: "array_invalid_dtype", loc: [], ctx: { dtype: "float\nError: x" } });
  assert.equal(words, "'float\\nError: x' is not a dtype");
});

Deno.test("shapes and dtypes that are none are shown as they were written", () => {
  const words = (actual_shape: unknown) =>
    describeFault({ type: "array_shape_mismatch", loc: [], ctx: { actual_shape } });
  assert.match(words(["1"]), /^The shape \["1"\] must be/);
  assert.match(words([[1]]), /^The shape \[\[1\]\] must be/);
  assert.match(words({ a: 1 }), /^The shape {"a": 1} must be/);
  assert.equal(describeFault({ type: "array_invalid_dtype", loc: [], ctx: { dtype: {} } }), "{} is not a dtype");
});

Deno.test("of an array the element that is wrong is named, with what was got there", () => {
  const words = (dtype: "float64" | "int8", value: unknown, shape: null[] = [null, null]) => {
    const { faults } = validate(readSchema(array(shape, dtype), "").node, value, "input");
    return describeFault(faults[0]!);
  };
  assert.match(words("float64", [[1, 2], [3, "x"]]), /encoded array, but \[1, 1\] is "x"$/);
  assert.match(words("float64", [[1, 2], [3, { a: 1 }]]), /, but \[1, 1\] is an object$/);
  assert.match(words("float64", "two", []), /encoded array, got "two"$/);
  assert.equal(words("int8", [[1, 2], [3, 1.5]]), "An array of float64 cannot be cast to int8: [1, 1] is 1.5");
  assert.equal(words("int8", [[1, 2], [3, 300]]), "The value 300 does not fit into int8, at [1, 1]");
  const encoded = { dtype: "int16", shape: [2, 2], data: Int16Array.of(1, 2, 3, 300) };
  assert.equal(words("int8", encoded), "The value 300 does not fit into int8, at [1, 1]");
  assert(words("float64", [["x".repeat(1000)]]).length < 200);
});
