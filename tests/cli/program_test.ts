import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { freePort } from "../free_port.ts";
import { runCli } from "./run.ts";

/** Where no server is. */
const NOBODY = `http://127.0.0.1:${freePort()}`;

Deno.test("--help and -h list every command but the hidden ones, on stdout", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await runCli([option]);
    equal(code, 0);
    equal(stderr, "");
    for (const [name, { hidden }] of Object.entries(COMMANDS)) {
      equal(new RegExp(`^  ${name} `, "m").test(stdout), !hidden, name);
    }
    ok(stdout.endsWith("\n"));
  }
});

Deno.test("no command prints the help, and is a mistake", async () => {
  const { code, stdout, stderr } = await runCli([]);
  equal(code, 2);
  equal(stdout, "");
  equal(stderr, (await runCli(["--help"])).stdout);
});

Deno.test("--version prints the version, and needs no user module", async () => {
  const { code, stdout } = await runCli(["--version"]);
  equal(code, 0);
  match(stdout, /^tesseract-runtime \d+\.\d+\.\d+\n$/);
});

Deno.test("COMMAND --help works without a user module", async () => {
  for (const name of Object.keys(COMMANDS)) {
    const { code, stdout, stderr } = await runCli([name, "--help"]);
    equal(code, 0);
    equal(stderr, "");
    ok(stdout.startsWith(`Usage: tesseract-runtime ${name} `), stdout);
  }
});

Deno.test("serve -h alone is the help; the help does not tell of --parent-pipe-fd", async () => {
  const { code, stdout } = await runCli(["serve", "-h"]);
  equal(code, 0);
  match(stdout, /--host HOST/);
  ok(!stdout.includes("parent-pipe-fd"));
});

const badPrefix = (text: string) =>
  new RegExp(`^Error: --allow-remote-inputs: expected http://HOST.* an absolute path, got "${text}"\\n$`);

const MISTAKES: [string, string[], RegExp][] = [
  ["an unknown command, near", ["aply"], /^Error: .*aply.*Did you mean apply\?\n$/],
  ["an unknown command with underscores", ["abstract_eval"], /Did you mean abstract-eval\?/],
  ["an unknown command, far", ["frobnicate"], /^Error: No such command 'frobnicate'\n$/],
  ["a command that is a key of every object", ["constructor"], /No such command 'constructor'/],
  ["an unknown option", ["apply", "{}", "--nope"], /no option "--nope"/],
  ["an option that is a key of every object", ["apply", "{}", "--to-string"], /no option "--to-string"/],
  ["such an option before the command", ["--to-string", "apply", "{}"], /no option "--to-string"/],
  ["a mistyped option", ["apply", "{}", "--output-fromat", "json"], /^Error: .*Did you mean --output-format\?\n$/],
  ["a mistyped global option", ["--ouput-format", "json", "apply", "{}"], /Did you mean --output-format\?/],
  ["an unknown global option", ["--nope", "apply", "{}"], /no option "--nope"/],
  ["an unknown short option", ["-z", "apply", "{}"], /no option "-z"/],
  ["a global option after the command", ["apply", "{}", "--name", "x"], /--name stands before the command/],
  ["a short one after a command without a result", ["check", "-o", "x"], /-o stands before the command/],
  ["no payload", ["apply"], /JSON_PAYLOAD/],
  [
    "two mistakes at once",
    ["apply", "{}", "--nope", "-f"],
    /^Error: there is no option "--nope"\nError: --output-format needs a value\n$/,
  ],
  ["two payloads", ["apply", "{}", "{}"], /unexpected argument/],
  ["a payload where there is none", ["health", "{}"], /unexpected argument/],
  ["an unknown format", ["apply", "{}", "-f", "yaml"], /--output-format: .*json, json\+base64.*"yaml"/],
  ["an unknown format before the command", ["--output-format", "yaml", "apply", "{}"], /--output-format: .*"yaml"/],
  ["a mistyped format", ["-f", "jsn", "apply", "{}"], /Did you mean json\?/],
  ["a compression that is not there", ["apply", "{}", "--compression", "zip"], /--compression: .*lz4.*"zip"/],
  ["an option without its value", ["serve", "--port"], /--port needs a value/],
  ["a global option without its value", ["--name", "--debug", "check"], /--name needs a value/],
  ["a port that is no number", ["serve", "--port", "abc"], /--port: .*"abc"/],
  ["a port out of range", ["serve", "--port", "99999"], /--port: .*65535/],
  ["no workers", ["serve", "-w", "0"], /--num-workers: .* or auto, got "0"/],
  ["a timeout of nothing", ["serve", "--timeout", "0"], /--timeout: expected a number of seconds above 0 .*"0"/],
  ["a time that no timer counts", ["serve", "--drain-delay", "1e9"], /--drain-delay: .*2147483, got "1e9"/],
  ["a size of no unit", ["serve", "--max-body-size", "4TB"], /--max-body-size: .* 4GiB, got "4TB"/],
  ["a size of nothing", ["serve", "--max-body-size", "0"], /--max-body-size: .*"0"/],
  [
    "an origin with a path",
    ["serve", "--cors-origin", "https://a.example/x"],
    /--cors-origin: .*https:\/\/example\.org/,
  ],
  ["an origin without a scheme", ["serve", "--cors-origin", "https://a.example,b.example"], /--cors-origin: /],
  ["a log format that there is not", ["serve", "--log-format", "xml"], /--log-format: .*text, json.*"xml"/],
  ["a prefix of inputs that is a relative path", ["serve", "--allow-remote-inputs", "data"], badPrefix("data")],
  ["an empty prefix of inputs", ["serve", "--allow-remote-inputs="], badPrefix("")],
  ["a prefix of inputs without a host", ["serve", "--allow-remote-inputs", "https://"], badPrefix("https://")],
  [
    "a prefix of inputs with a path for a host",
    ["serve", "--allow-remote-inputs", "http:///a"],
    badPrefix("http:///a"),
  ],
  ["a prefix of inputs without a bucket", ["serve", "--allow-remote-inputs", "s3:///key"], badPrefix("s3:///key")],
  ["a prefix of inputs of another kind", ["serve", "--allow-remote-inputs", "ftp://host/"], badPrefix("ftp://host/")],
  [
    "one bad prefix of inputs among good ones",
    ["serve", "--allow-remote-inputs", "/data", "--allow-remote-inputs", "http://a b/"],
    badPrefix("http://a b/"),
  ],
  ["a missing payload file", ["apply", "@nowhere.json"], /@nowhere\.json: cannot be read: there is no such file/],
  ["an output file outside the output path", ["--output-file", "../x", "apply", "{}"], /output file/],
  ["a bad address", ["health", "--url", "localhost"], /--url: .*http/],
  ["the types of what is at a bad address", ["client", "localhost"], /expected the URL of a Tesseract.*"localhost"/],
];
for (const [name, args, words] of MISTAKES) {
  Deno.test(`${name} exits 2 and says so on stderr`, async () => {
    const { code, stdout, stderr } = await runCli(args);
    match(stderr, words);
    match(stderr, /^Error: /);
    ok(!/^\s+at /m.test(stderr), stderr);
    equal(stdout, "");
    equal(code, 2);
  });
}

Deno.test("prefixes of inputs may be paths, hosts, buckets and what is below", async () => {
  const prefixes = ["/", "/data/in", "http://host", "HTTPS://host:8000/in/", "s3://my.bucket", "s3://bucket/in"];
  const { code, stderr } = await runCli(["serve", ...prefixes.flatMap((prefix) => ["--allow-remote-inputs", prefix])]);
  // It got as far as looking for the user module.
  equal(code, 1);
  match(stderr, /tesseract_api/);
});

Deno.test("a bad value in the environment names its variable and exits 2, whatever the command", async () => {
  const cases = [
    ["health", "TESSERACT_DEBUG", "maybe"],
    ["apply {}", "TESSERACT_OUTPUT_FORMAT", "yaml"],
    ["serve", "TESSERACT_RUNTIME_SERVE_PORT", "abc"],
    ["serve", "TESSERACT_RUNTIME_PORT", "-1"],
    ["health", "TESSERACT_RUNTIME_HEALTH_URL", "x"],
  ] as const;
  for (const [args, name, value] of cases) {
    const { code, stderr } = await runCli(args.split(" "), { env: { [name]: value } });
    equal(code, 2);
    match(stderr, new RegExp(`^Error: ${name}: .*"${value}"\n$`));
  }
});

Deno.test("every message shows a value with its control characters escaped", async () => {
  const bad = "json\r\n\x1b[31mError: forged";
  const shown = "json\\r\\n\\u001b[31mError: forged";
  const cases: [args: string[], env?: Record<string, string>][] = [
    [["health"], { TESSERACT_OUTPUT_FORMAT: bad }],
    [["health"], { TESSERACT_DEBUG: bad }],
    [["health"], { TESSERACT_GPU_TRANSPORT: bad }],
    [["health"], { TESSERACT_API_PATH: bad }],
    [["health"], { TESSERACT_RUNTIME_HEALTH_URL: bad }],
    [["serve"], { TESSERACT_RUNTIME_SERVE_PORT: bad }],
    [["apply", "{}"], { TESSERACT_OUTPUT_FILE: `../${bad}` }],
    [["-f", bad, "apply", "{}"]],
    [["apply", "{}", "-f", bad]],
    [["apply", "{}", bad]],
    [["apply", `@${bad}`]],
    [["apply", "{}", `--${bad}`]],
    [[`--${bad}`, "apply"]],
    [["serve", "--port", bad]],
    [["--output-file", `../${bad}`, "apply", "{}"]],
    [["check-gradients", "{}", "--eps-for", `a=${bad}`]],
    [["test", `@${bad}`]],
    [[bad]],
  ];
  for (const [args, env = {}] of cases) {
    const { code, stderr } = await runCli(args, { env });
    ok(code === 1 || code === 2, `${code}`);
    ok(stderr.includes(shown), stderr);
    // deno-lint-ignore no-control-regex
    match(stderr, /^Error: [^\x00-\x1f\x7f-\x9f]*\n$/);
  }
});

Deno.test("a bad value in the environment does not hinder help and version", async () => {
  const env = { TESSERACT_DEBUG: "maybe" };
  deepStrictEqual(
    await Promise.all(
      [["--help"], ["--version"], ["apply", "--help"]].map(async (args) => (await runCli(args, { env })).code),
    ),
    [0, 0, 0],
  );
});

Deno.test("a missing user module exits 1 and says what to do", async () => {
  for (const command of [["apply", "{}"], ["health"], ["check"], ["serve"], ["input-schema"]]) {
    const { code, stdout, stderr } = await runCli(command, { cwd: "/nonexistent" });
    equal(code, 1);
    equal(stdout, "");
    match(stderr, /^Error: .*tesseract_api\.ts.*--api-path or TESSERACT_API_PATH/);
  }
  const missing = await runCli(["--api-path", "x.ts", "health"], { cwd: "/nonexistent" });
  equal(missing.code, 1);
  match(missing.stderr, /"\/nonexistent\/x\.ts" does not exist/);
  const folder = await runCli(["health"], { cwd: "/", env: { TESSERACT_API_PATH: "/tmp" } });
  equal(folder.code, 1);
  match(folder.stderr, /"\/tmp" is not a file/);
});

Deno.test("health --url asks a server, without a user module", async () => {
  let answer = '{"status":"ok"}';
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response(answer));
  const url = `http://127.0.0.1:${server.addr.port}`;
  try {
    for (const address of [url, `${url}/`, `${url}/health`]) {
      deepStrictEqual(await runCli(["health", "--url", address]), { code: 0, stdout: answer, stderr: "" });
    }
    for (answer of ["{}", "<html>", "null"]) equal((await runCli(["health", "--url", url])).code, 1);
  } finally {
    await server.shutdown();
  }
  const { code, stdout, stderr } = await runCli(["health", "--url", NOBODY]);
  equal(code, 1);
  equal(stdout, "");
  match(stderr, /^Error: /);
});

Deno.test("client says what may be wrong with the address, or that a key is needed", async () => {
  const error = async (...args: string[]) => (await runCli(["client", ...args])).stderr;
  match(await error("localhost:8000"), /did you mean "http:\/\/localhost:8000"\?\n$/);
  await using server = Deno.serve({ port: 0, onListen() {} }, (request) => {
    const status = new URL(request.url).pathname.startsWith("/keyed/") ? 401 : 404;
    return Response.json({ detail: "no" }, { status });
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  match(await error(`${url}/keyed`), /no key was given .*; give it by --api-key KEY or TESSERACT_API_KEY\n$/);
  match(await error(`${url}/keyed`, "--api-key", "wrong"), /the key was not accepted/);
  match(await error(`${url}/apply`), /is it the address of a Tesseract, without the path of an endpoint\?\n$/);
  match(await error(NOBODY), /no answer came .*is it running there\?\n$/);
});
