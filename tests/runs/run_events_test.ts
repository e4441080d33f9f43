/** What a call tells of its progress. */
import assert from "node:assert/strict";
import { eventWriter, ProgressTeller, type RunEvent } from "../../lib/runs/run_events.ts";
import { until } from "../until.ts";

Deno.test("progress takes a fraction from 0 to 1 and a message, and says what is wrong with others", () => {
  for (const take of [undefined, () => {}]) {
    const { tell } = new ProgressTeller(take);
    for (const fraction of [-0.1, 1.1, NaN, "half", null, undefined, 1n]) {
      assert.throws(() => tell(fraction as number), /TypeError: progress: expected a number from 0 to 1, got /);
    }
    assert.throws(
      () => tell(0.5, 3 as unknown as string),
      /TypeError: progress: expected a string as the message, got 3/,
    );
  }
});

Deno.test("of a long message the beginning is told, up to a whole character", () => {
  for (
    const [message, told] of [["m".repeat(4000), "m".repeat(4000)], [
      `m${"😀".repeat(500_000)}`,
      `m${"😀".repeat(1999)}…`,
    ]]
  ) {
    const events: RunEvent[] = [];
    new ProgressTeller((...all) => events.push(...all)).tell(1, message);
    assert.deepEqual(events, [{ type: "progress", data: { fraction: 1, message: told } }]);
  }
});

Deno.test("of what is told in a loop only the newest counts, and the last is never lost", async () => {
  const events: RunEvent[] = [];
  const teller = new ProgressTeller((...told) => events.push(...told));
  for (let i = 0; i <= 1000; i++) teller.tell(i / 1000, `${i}`);
  assert.ok(events.length < 900, `${events.length} events`);
  const told = () => events.map(({ data }) => "message" in data && data.message);
  await until("the last is told", () => told().at(-1) === "1000");
  teller.tell(1, "again");
  teller.flush();
  assert.deepEqual(events.at(-1), { type: "progress", data: { fraction: 1, message: "again" } });
});

Deno.test("in the file of events a number that is not finite is a string", async () => {
  const path = await Deno.makeTempFile();
  const take = eventWriter(path);
  try {
    for (const value of [1.5, NaN, Infinity, -Infinity, -0]) {
      take({ type: "metric", data: { key: "loss", value, step: 0, timestamp: "" } });
    }
    const values = Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line).data.value);
    assert.deepEqual(values, [1.5, "NaN", "Infinity", "-Infinity", 0]);
  } finally {
    take.close();
    await Deno.remove(path);
  }
});
