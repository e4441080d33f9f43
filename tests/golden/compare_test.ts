/** The comparison itself: it sees what it must see, and forgives what does not count. */
import assert from "node:assert/strict";
import { ANY_TEXT, ANY_TYPE, difference, faultsDifference, faultsOf } from "./compare.ts";
import { type Json, parseExact } from "./exact_json.ts";

function array(dtype: string, buffer: Json, encoding = "json"): Json {
  const shape = Array.isArray(buffer) ? [buffer.length] : [];
  return { object_type: "array", shape, dtype, data: { buffer, encoding } };
}

function same(a: Json, b: Json) {
  assert.equal(difference(a, b), undefined);
}

function differ(a: Json, b: Json) {
  assert.notEqual(difference(a, b), undefined);
}

Deno.test("numbers are compared by value, however they are written", () => {
  same(parseExact("[1, 100000000000000000000, -0]"), parseExact("[1.0, 1e20, -0.0]"));
  same(
    array("float64", parseExact("[9223372036854776000]")),
    array("float64", parseExact("[9.223372036854775808e18]")),
  );
  differ(1, 1.0000000000000002);
  differ(0, -0);
  differ("1", 1);
});

Deno.test("64-bit integers are compared with all digits", () => {
  const [a, b] = [parseExact("[9007199254740993]"), parseExact("[9007199254740992]")];
  same(array("int64", a), array("int64", parseExact("[9007199254740993]")));
  differ(array("int64", a), array("int64", b));
  differ(a, b);
  differ(array("int64", [9.2e18]), array("int64", [9200000000000000000n]));
});

Deno.test("arrays differ by dtype, shape, encoding, values and the order of their keys", () => {
  const one = array("float32", [1]);
  same(one, array("float32", [1]));
  differ(one, array("float64", [1]));
  differ(one, array("float32", 1));
  differ(one, array("float32", "AACAPw==", "base64"));
  differ(one, array("float32", [2]));
  differ(array("float32", ["NaN"]), array("float32", [null]));
  const { dtype, ...rest } = one as Record<string, Json>;
  differ({ ...rest, dtype: dtype! }, one);
});

Deno.test("complex numbers are compared by value, and written with both parts in the shortest form", () => {
  same(array("complex128", ["-0+1e+300j"]), array("complex128", [`${10n ** 300n}j`]));
  same(array("complex128", ["NaN+0j", "-0-Infinityj"]), array("complex128", ["NaN+0j", "-infj"]));
  differ(array("complex128", ["1j"]), array("complex128", ["1j"]));
  differ(array("complex128", ["0+1.0j"]), array("complex128", ["1j"]));
  differ(array("complex128", ["1+2j"]), array("complex128", ["1-2j"]));
});

Deno.test("objects have the same keys, in any order", () => {
  same({ a: 1, b: null }, { b: null, a: 1 });
  differ({ a: 1 }, { a: 1, b: null });
  differ({ a: 1, b: null }, { a: 1 });
  same({ detail: "Unsupported" }, { detail: ANY_TEXT });
  differ({ detail: "" }, { detail: ANY_TEXT });
});

Deno.test("faults are a set of types and places", () => {
  const faults = faultsOf({
    detail: [{ type: "missing", loc: ["body", "a"] }, { type: "json_invalid", loc: ["body", 7] }],
  });
  assert.equal(faultsDifference(faults, [...faults].reverse()), undefined);
  assert.equal(faultsDifference(faults.slice(0, 1), [{ type: ANY_TYPE, loc: ["body", "a"] }]), undefined);
  assert.equal(
    faultsDifference(faultsOf({ detail: [{ type: "json_invalid", loc: ["body", 9] }] }), faults.slice(1)),
    undefined,
  );
  assert.notEqual(faultsDifference(faults, faults.slice(1)), undefined);
  assert.notEqual(faultsDifference(faults.slice(0, 1), [{ type: "missing", loc: ["body", "b"] }]), undefined);
  assert.notEqual(faultsDifference([], faults), undefined);
});
