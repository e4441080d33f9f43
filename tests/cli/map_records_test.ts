/** The records of `map` in a remote store, without its calls. */
import { type MapRecord, Records } from "../../lib/cli/map/records.ts";
import { FakeS3 } from "../storage/fake_s3.ts";
import { until } from "../until.ts";

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
  const names = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const before = names.map((name) => Deno.env.get(name));
  for (const name of names) Deno.env.set(name, store.variable(name)!);
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
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[i]!);
    }
  }
});
