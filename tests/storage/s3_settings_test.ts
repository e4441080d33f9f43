import assert from "node:assert/strict";
import { StorageError } from "../../lib/storage/error.ts";
import { s3Storage } from "../../lib/storage/s3.ts";
import { s3Settings } from "../../lib/storage/s3_settings.ts";
import { FakeS3 } from "./fake_s3.ts";
import { fault, IMPATIENT, numbered } from "./helpers.ts";

Deno.test("s3Settings() reads the variables of AWS, the more special one first", () => {
  const settings = (variables: Record<string, string>) => s3Settings((name) => variables[name]);
  assert.deepEqual(settings({}), {
    endpoint: undefined,
    region: undefined,
    credentials: undefined,
    wrong: undefined,
  });
  const all = {
    AWS_ENDPOINT_URL: "http://a",
    AWS_ENDPOINT_URL_S3: "http://b",
    AWS_REGION: "r",
    AWS_DEFAULT_REGION: "s",
    AWS_ACCESS_KEY_ID: "k",
    AWS_SECRET_ACCESS_KEY: "l",
    AWS_SESSION_TOKEN: "t",
  };
  assert.deepEqual(settings(all), {
    endpoint: "http://b",
    region: "r",
    credentials: { accessKeyId: "k", secretAccessKey: "l", sessionToken: "t" },
    wrong: undefined,
  });
  const { endpoint, region } = settings({ ...all, AWS_ENDPOINT_URL_S3: "", AWS_REGION: "" });
  assert.deepEqual([endpoint, region], ["http://a", "s"]);
  // As with the SDK, a profile that is asked for by name comes before keys.
  assert.equal(settings({ ...all, AWS_PROFILE: "p" }).credentials, undefined);
});

Deno.test("without a key of an object, without a valid endpoint there is nothing to ask for", async () => {
  const open = (variables: Record<string, string>, location = "s3://b/k") =>
    s3Storage((name) => variables[name], IMPATIENT).open(location);
  const keys = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "l" };
  await assert.rejects(open(keys, "s3://b/"), fault("failed", /not the bucket alone/));
  await assert.rejects(
    open({ ...keys, AWS_REGION: "eu/west" }),
    fault("denied", /AWS_REGION is not the name of a region/),
  );
});

Deno.test("an endpoint that is no URL of a store is named at once, with what is expected", async () => {
  const endpoints: [string, RegExp][] = [
    ["localhost", /does not begin with http/],
    ["localhost:9000", /does not begin with http/],
    ["ftp://localhost:9000", /does not begin with http/],
    ["http:localhost:9000", /does not begin with http/],
    ["http://", /is not a valid URL/],
    ["http://localhost:port", /is not a valid URL/],
    ["http://localhost:9000/?a=b", /has a query/],
    ["http://localhost:9000/#a", /has a query/],
    ["http://localhost:9000\n", /white space around it/],
  ];
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
    for (const [value, words] of endpoints) {
      const variables: Record<string, string> = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "l", [name]: value };
      const { open } = s3Storage((asked) => variables[asked], { ...IMPATIENT, pause: 60_000 });
      await assert.rejects(open("s3://b/k"), (error) => {
        assert(error instanceof StorageError);
        assert(error.reason.startsWith(`${name} `), error.reason);
        assert(!error.reason.includes("localhost"), error.reason);
        assert.match(error.reason, /https:\/\/HOST:PORT|remove it/);
        return fault("failed", words)(error);
      });
    }
  }
});

Deno.test("a variable that cannot be right is named before anything is sent, and its value is not told", async () => {
  const names = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
  ];
  const values: [string, RegExp][] = [
    ["sesame\n", /white space around it/],
    [" sesame", /white space around it/],
    ["sesame\nsesame", /line break/],
    ["sesame\u00fc", /a character that it cannot have/],
    ["sesame\u65e5", /a character that it cannot have/],
    ["sesame\u0000", /a character that it cannot have/],
  ];
  await using store = new FakeS3();
  for (const name of names) {
    for (const [value, words] of values) {
      const { open, write } = s3Storage((asked) => asked === name ? value : store.variable(asked), IMPATIENT);
      for (const action of [() => open("s3://b/k"), () => write("s3://b/k", [numbered(1)])]) {
        await assert.rejects(action(), (error) => {
          assert(error instanceof StorageError);
          assert.equal(error.kind, "denied");
          assert.match(error.reason, words);
          assert(error.reason.startsWith(`${name} `), error.reason);
          assert(!Deno.inspect(error).includes("sesame"), "the value is told");
          return true;
        });
      }
    }
  }
  assert.deepEqual(store.seen, []);
});
