import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../lib/gradients/random.ts";

Deno.test("Random.sample() draws as many as asked for, none twice, the same for the same seed", () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 60 }), fc.nat(60), (seed, size, wanted) => {
    const count = Math.min(size, wanted);
    const drawn = new Random(seed).sample(size, count);
    assert.equal(new Set(drawn).size, count);
    assert(drawn.every((x) => Number.isInteger(x) && x >= 0 && x < size));
    assert.deepEqual(new Random(seed).sample(size, count), drawn);
  }));
});

Deno.test("Random gives other numbers for another seed or stream", () => {
  const first = (seed: number, stream?: number) => new Random(seed, stream).next();
  const all = [first(0), first(1), first(2 ** 32), first(0, 1), first(0, 2), first(1, 1)];
  assert.equal(new Set(all).size, all.length);
});

Deno.test("Random.uniform() fills the interval from 0 to 1 evenly", () => {
  const random = new Random(7);
  const counts = new Array(10).fill(0);
  for (let i = 0; i < 10000; i++) counts[Math.floor(random.uniform() * 10)]++;
  // 1000 each, with a standard deviation of 30
  assert(counts.every((count) => Math.abs(count - 1000) < 150), String(counts));
});
