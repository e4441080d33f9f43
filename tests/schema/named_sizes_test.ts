import assert from "node:assert/strict";
import fc from "fast-check";
import { array, differentiable, scalar } from "../../lib/schema/array_types.ts";
import { SchemaWriter } from "../../lib/schema/json_schema.ts";
import { describeFault } from "../../lib/schema/messages.ts";
import { NamedSizes, parseDimension } from "../../lib/schema/named_sizes.ts";
import { readSchema } from "../../lib/schema/read.ts";
import { type Mode, validate } from "../../lib/schema/validate.ts";
import { z } from "zod";

const vector = (size: string) => array([size], "float64");
const zeros = (...shape: number[]) => ({
  dtype: "float64" as const,
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
});

/** The faults of inputs, as `place: type: message`. */
function faultsOf(fields: z.ZodRawShape, value: unknown, mode: Mode = "input"): string[] {
  const { node, faults: wrong } = readSchema(z.object({ inputs: z.object(fields) }), "");
  assert.deepEqual(wrong, []);
  const { faults } = validate(node, { inputs: value }, mode);
  return faults.map((fault) => `${fault.loc.join(".")}: ${fault.type}: ${describeFault(fault)}`);
}

Deno.test("a name is one size; the later array in the order of the schema is the one that is wrong", () => {
  const fields = { a: vector("n"), b: vector("n") };
  assert.deepEqual(faultsOf(fields, { b: [1, 2, 3], a: [1, 2, 3] }), []);
  assert.deepEqual(faultsOf(fields, { b: [1, 2, 3, 4], a: [1, 2, 3] }), [
    "inputs.b: array_shape_mismatch: n is 3 (from inputs.a), got 4",
  ]);
  assert.deepEqual(faultsOf({ m: array(["n", "n"], "float64") }, { m: [[1, 2]] }), [
    "inputs.m: array_shape_mismatch: n is 1 (from inputs.m), got 2",
  ]);
});

Deno.test("n+1 binds n as n does; a size that would make it negative is a mismatch", () => {
  const fields = { edges: vector("n+1"), cells: vector("n"), inner: vector("n-2") };
  assert.deepEqual(faultsOf(fields, { edges: zeros(5), cells: zeros(4), inner: zeros(2) }), []);
  assert.deepEqual(faultsOf(fields, { edges: zeros(5), cells: zeros(5), inner: zeros(3) }), [
    "inputs.cells: array_shape_mismatch: n is 4 (from inputs.edges), got 5",
    "inputs.inner: array_shape_mismatch: n-2 is 2 (from inputs.edges), got 3",
  ]);
  assert.deepEqual(faultsOf(fields, { edges: zeros(0), cells: zeros(1), inner: zeros(0) }), [
    "inputs.edges: array_shape_mismatch: n+1 is at least 1, got 0",
    "inputs.inner: array_shape_mismatch: n-2 is -1 (from inputs.cells), got 0",
  ]);
});

Deno.test("named dimensions are not broadcast, others beside them are", () => {
  const fields = { a: vector("n"), m: array(["n", 3], "float64") };
  assert.deepEqual(faultsOf(fields, { a: [1, 2], m: zeros(2, 1) }), []);
  assert.deepEqual(faultsOf(fields, { a: [1, 2], m: zeros(1, 3) }), [
    "inputs.m: array_shape_mismatch: n is 2 (from inputs.a), got 1",
  ]);
});

Deno.test("rank comes before sizes, sizes before dtypes", () => {
  const fields = { a: vector("n"), b: array(["n"], "int8") };
  assert.deepEqual(faultsOf(fields, { a: [1], b: [[0.5, 1]] }).map((fault) => fault.split(": ")[1]), [
    "array_dimensionality_mismatch",
  ]);
  assert.deepEqual(faultsOf(fields, { a: [1], b: [0.5, 1] }).map((fault) => fault.split(": ")[1]), [
    "array_shape_mismatch",
  ]);
  assert.deepEqual(faultsOf(fields, { a: [1], b: [0.5] }).map((fault) => fault.split(": ")[1]), [
    "array_dtype_mismatch",
  ]);
});

Deno.test("in abstract evaluation a mismatch is a value_error", () => {
  const fields = { a: vector("n"), b: vector("n+1") };
  const abstract = (a: number, b: number) => ({
    a: { shape: [a], dtype: "float64" },
    b: { shape: [b], dtype: "float64" },
  });
  assert.deepEqual(faultsOf(fields, abstract(3, 4), "abstract input"), []);
  assert.deepEqual(faultsOf(fields, abstract(3, 3), "abstract input"), [
    "inputs.b: value_error: n+1 is 4 (from inputs.a), got 3",
  ]);
});

Deno.test("names hold in lists, records, unions and defaults", () => {
  const layers = { layers: z.array(z.object({ w: vector("n") })) };
  assert.deepEqual(faultsOf(layers, { layers: [{ w: [1] }, { w: [1] }, { w: [1, 2] }] }), [
    "inputs.layers.2.w: array_shape_mismatch: n is 1 (from inputs.layers.0.w), got 2",
  ]);
  const byDefault = { a: vector("n").prefault([1, 2]), b: vector("n") };
  assert.deepEqual(faultsOf(byDefault, { b: [1] }), ["inputs.b: array_shape_mismatch: n is 2 (from inputs.a), got 1"]);
});

Deno.test("a branch of a union that does not fit binds no name", () => {
  const either = z.union([
    z.object({ x: vector("n"), kind: z.literal("a") }),
    z.object({ x: vector("m"), y: z.int() }),
  ]);
  const fields = {
    either,
    b: vector("n"),
    caught: z.object({ x: vector("k"), y: z.int() }).catch({} as never),
    c: vector("k"),
  };
  const value = { either: { x: [1, 2], y: 1 }, b: [1, 2, 3], caught: { x: [1], y: "no" }, c: [1, 2] };
  assert.deepEqual(faultsOf(fields, value), []);
});

Deno.test("array() takes names and names with an offset, and nothing else that is a string", () => {
  for (const good of ["n", "n+1", "n-2", "rows", "n_1", "größe"]) array([good], "int8");
  for (const bad of ["", "2n", "n +1", "n+", "n*2", "n+m", "1", "n+1.5"]) {
    assert.throws(() => array([bad], "int8"), TypeError, bad);
  }
  assert.deepEqual(parseDimension("cells-12"), { name: "cells", offset: -12 });
});

Deno.test("JSON Schema has null for names, with the names beside", () => {
  const write = (schema: z.ZodType, abstract: boolean) => {
    const options = { schemas: new Map(), at: "#/$defs/", io: "input", abstract, prefix: "" } as const;
    return new SchemaWriter(options).write(readSchema(schema, "").node);
  };
  const { "x-shape": names, ...named } = write(differentiable(array(["n", 3], "float64")), false);
  assert.deepEqual(names, ["n", 3]);
  assert.deepEqual(named, write(differentiable(array([null, 3], "float64")), false));
  assert.deepEqual(write(array(["n+1"], "float64"), true), { $ref: "#/$defs/ShapeDType", "x-shape": ["n+1"] });
  assert.equal("x-shape" in write(scalar("float64"), false), false);
});

Deno.test("arrays fit exactly if one size for each name makes all of their shapes", () => {
  const dimension = fc.record({ name: fc.constantFrom("n", "m"), offset: fc.integer({ min: -2, max: 2 }) });
  const axis = fc.oneof(dimension, fc.constantFrom(null, 2));
  const written = (it: { name: string; offset: number } | number | null) =>
    it === null || typeof it === "number"
      ? it
      : `${it.name}${it.offset === 0 ? "" : it.offset > 0 ? `+${it.offset}` : it.offset}`;
  const case_ = fc.array(fc.array(fc.tuple(axis, fc.nat(4)), { maxLength: 3 }), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(case_, (arrays) => {
    const fields = Object.fromEntries(
      arrays.map((axes, i) => [`a${i}`, array(axes.map(([it]) => written(it)), "float64")]),
    );
    const value = Object.fromEntries(arrays.map((axes, i) => [`a${i}`, zeros(...axes.map(([, size]) => size))]));
    const axes = arrays.flat();
    const fits = [0, 1, 2, 3, 4, 5, 6].some((n) =>
      [0, 1, 2, 3, 4, 5, 6].some((m) =>
        axes.every(([it, size]) =>
          it === null ||
          (typeof it === "number" ? size === it || size === 1 : size === (it.name === "n" ? n : m) + it.offset)
        )
      )
    );
    // a scalar is given as a number
    for (const [key, it] of Object.entries(value)) {
      if (it.shape.length === 0) (value as Record<string, unknown>)[key] = 0;
    }
    assert.equal(faultsOf(fields, value).length === 0, fits);
  }));
});

Deno.test("NamedSizes.check() leaves no size of an array that does not fit", () => {
  const sizes = new NamedSizes();
  assert.equal(sizes.check(["n", "n"], [1, 2], () => "a")?.actual_size, 2);
  assert.equal(sizes.check(["n"], [5], () => "b"), undefined);
});
