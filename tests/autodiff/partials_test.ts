import assert from "node:assert/strict";
import { bodyOf, partialOf } from "../../lib/autodiff/rewrite/operands.ts";
import { DERIVATIVES } from "../../lib/autodiff/runtime/math.ts";

Deno.test("the derivative of each function of Math, as a text, is what the function gives", () => {
  for (const [name, derivatives] of Object.entries(DERIVATIVES)) {
    for (const [a, b] of [[0.3, 0.7], [-1.5, 2.25]] as const) {
      const value = new Function("a", "b", `return ${partialOf(name, "a", "b")};`)(a, b);
      assert.equal(value, derivatives![0](a, b), name);
    }
  }
});

Deno.test("the text of a derivative may be that of a bundled program, without spaces and brackets", () => {
  assert.equal(bodyOf("(x)=>Math.cos(x)", "a", "b"), "Math.cos(a)");
  assert.equal(bodyOf("x=>-1/Math.sqrt(1-x*x)", "a", "b"), "-1/Math.sqrt(1-a*a)");
  assert.equal(bodyOf("(_x, y) => 1 + y * y", "a", "b"), "1 + b * b");
  assert.equal(bodyOf("(_x,y)=>.5/y", "a", "b"), ".5/b");
  assert.equal(bodyOf("()=>1", "a", "b"), "1");
});
