import assert from "node:assert/strict";
import { toArray } from "../../lib/arrays/coerce.ts";
import { ArrayFault } from "../../lib/arrays/fault.ts";
import { shapeOfLists } from "../../lib/arrays/nesting.ts";
import { NumberList } from "../../lib/arrays/number_list.ts";
import { preview } from "../../lib/schema/messages.ts";
import { fromLists } from "./from_lists.ts";

const numbers = (...values: number[]) => new Float64Array(values);
const six = new NumberList([2, 3], [numbers(1, 2), numbers(), numbers(3, 4, 5, 6.5)]);
const mixed = new NumberList([4], [numbers(1), [null, "NaN", 2n ** 60n]]);

Deno.test("toLists() nests the elements, however they are stored", () => {
  assert.deepEqual(six.toLists(), [[1, 2, 3], [4, 5, 6.5]]);
  assert.deepEqual(mixed.toLists(), [1, null, "NaN", 2n ** 60n]);
  assert.deepEqual(six.toLists(4), [[1, 2, 3]]);
  assert.deepEqual(six.toLists(2), [[1, 2]]);
  assert.deepEqual(six.toLists(6), six.toLists());
  assert.deepEqual(new NumberList([1, 1, 1], [numbers(7)]).toLists(), [[[7]]]);
});

Deno.test("a number list is read as its lists are", () => {
  for (const list of [six, mixed]) assert.deepEqual(fromLists(list), fromLists(list.toLists()));
  const type = { dtype: "float32", shape: [3, null, 3], differentiable: false } as const;
  const nested = [six];
  assert.deepEqual(toArray(nested, type), toArray(nested.map((list) => list.toLists()), type));
});

Deno.test("a number list is shown as its lists are", () => {
  const long = new NumberList([100, 2], [new Float64Array(200).fill(0.125)]);
  for (const list of [six, mixed, long]) assert.equal(preview([list]), preview([list.toLists()]));
});

Deno.test("number lists may be among lists", () => {
  const row = new NumberList([3], [numbers(7, 8, 9)]);
  assert.deepEqual(shapeOfLists([[1, 2, 3], row]), [2, 3]);
  assert.deepEqual(shapeOfLists([row, [1, 2, 3]]), [2, 3]);
  assert.deepEqual(fromLists([[1, 2, 3], row, ["NaN", 5, 6]]).data, numbers(1, 2, 3, 7, 8, 9, NaN, 5, 6));
  assert.deepEqual(fromLists([six, six]).shape, [2, 2, 3]);
});

Deno.test("number lists are ragged where lists are", () => {
  const row = new NumberList([3], [numbers(7, 8, 9)]);
  for (const value of [[row, [1, 2]], [[1, 2], row], [row, 1], [1, row], [row, six], [six, row], [[1, 2], six]]) {
    const plain = value.map((item) => item instanceof NumberList ? item.toLists() : item);
    const fault = (lists: unknown) => {
      try {
        return fromLists(lists);
      } catch (error) {
        return error instanceof ArrayFault ? [error.type, error.ctx] : error;
      }
    };
    assert.deepEqual(fault(value), fault(plain));
    assert.equal((fault(value) as unknown[])[0], "value_error");
  }
});
