import assert from "node:assert/strict";
import { suggest } from "../lib/suggest.ts";

const KNOWN = ["InputSchema", "OutputSchema", "apply", "jacobian", "jacobianVectorProduct", "vectorJacobianProduct"];

Deno.test("suggest() knows other styles of a name", () => {
  assert.equal(suggest("jacobian_vector_product", KNOWN), "jacobianVectorProduct");
  assert.equal(suggest("vector-jacobian-product", KNOWN), "vectorJacobianProduct");
  assert.equal(suggest("inputSchema", KNOWN), "InputSchema");
  assert.equal(suggest("Apply", KNOWN), "apply");
});

Deno.test("suggest() forgives a slip or two, fewer in short names", () => {
  assert.equal(suggest("aply", KNOWN), "apply");
  assert.equal(suggest("jacobain", KNOWN), "jacobian");
  assert.equal(suggest("jacobien", KNOWN), "jacobian");
  assert.equal(suggest("jacobianVektorProdukt", KNOWN), "jacobianVectorProduct");
  assert.equal(suggest("OutputScheme", KNOWN), "OutputSchema");
  assert.equal(suggest("tme", ["time", "mass"]), "time");
});

Deno.test("suggest() leaves other names alone", () => {
  for (const name of ["", "a", "helper", "supply", "solve", "Schema", "vectorProduct"]) {
    assert.equal(suggest(name, KNOWN), undefined, name);
  }
  assert.equal(suggest("b", ["a", "map"]), undefined);
  assert.equal(suggest("mop", ["a", "map"]), undefined);
});
