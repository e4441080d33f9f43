/** The records of `map`, without its calls. */
import { throws } from "node:assert/strict";
import { type MapRecord, Records } from "../../lib/cli/map/records.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { until } from "../until.ts";
import { withFolder } from "./run.ts";

const record = (name: string): MapRecord => ({
  name,
  status: "succeeded",
  seconds: 1,
  error: null,
  ended: new Date().toISOString(),
  digest: "d",
});

Deno.test("a record that is added while others are sent to the store follows them, without another one", async () => {
  await using store = new FakeS3();
  const before = Object.keys(store.variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(store.variables)) Deno.env.set(name, value);
  try {
    const records = new Records("s3://bucket/results");
    await records.open();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    let isSending = false;
    store.interfere = ({ method, body }, act) => {
      if (method !== "PUT" || !new TextDecoder().decode(body).includes('"name":"first"')) return undefined;
      isSending = true;
      return mayEnd.then(act);
    };
    records.add(record("first"));
    await until("the first record is sent", () => isSending);
    records.add(record("second"));
    end();
    const stored = () =>
      [...store.objects.values()].some((bytes) => new TextDecoder().decode(bytes).includes('"name":"second"'));
    await until("the second record is in the store", stored, 30);
    await records.close();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("a record that cannot be written says where", () =>
  withFolder({}, async (folder) => {
    await Deno.symlink("/dev/full", `${folder}/map.jsonl`);
    const records = new Records(folder);
    await records.open();
    throws(() => records.add(record("first")), { name: "StorageError", location: `${folder}/map.jsonl` });
    await records.close();
  }));
