/** The files of the component's page, as the server sends them. */
import assert from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { DEFAULT_LIMITS } from "../../lib/http/limits.ts";
import { createLog } from "../../lib/http/log.ts";
// @deno-types="./page_types.d.ts"
import { snippets } from "../../lib/http/page/snippets.js";

const folder = new URL("../../lib/http/page/", import.meta.url);
const names = [...Deno.readDirSync(folder)].map(({ name }) => name);

function server(options: { page?: boolean; apiKey?: string } = {}) {
  const app = createApp({
    pool: { ready: true, call: () => assert.fail("no worker is asked for a page") },
    endpoints: ["apply"],
    format: "json",
    compression: "none",
    debug: false,
    limits: DEFAULT_LIMITS,
    access: { apiKey: options.apiKey, corsOrigins: [] },
    ...options.page === undefined ? {} : { page: options.page },
    log: createLog("text", () => Promise.resolve()),
  });
  return (path: string, headers: HeadersInit = {}) => app.fetch(new Request(`http://localhost${path}`, { headers }));
}

const pathOf = (name: string) => name === "index.html" ? "/" : `/page/${name}`;

Deno.test("the page: each of its files is served, and no other", async () => {
  const get = server();
  for (const name of names) {
    const answer = await get(pathOf(name));
    assert.equal(answer.status, 200, name);
    const types = { html: "text/html", css: "text/css", js: "text/javascript" };
    const type = types[name.split(".").at(-1) as keyof typeof types];
    assert.equal(answer.headers.get("content-type"), `${type}; charset=utf-8`);
    assert.equal(await answer.text(), await Deno.readTextFile(new URL(name, folder)));
  }
  assert.equal((await get("/page/../api_page.ts")).status, 404);
  assert.equal((await get("/page/nothing.js")).status, 404);
});

Deno.test("the page is at most 120 kB compressed, and is not compressed for who cannot undo it", async () => {
  const get = server();
  let size = 0;
  for (const name of names) {
    const answer = await get(pathOf(name), { "accept-encoding": "gzip, br" });
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    size += (await answer.arrayBuffer()).byteLength;
  }
  assert.ok(size <= 120_000, `${size} bytes`);
  assert.equal((await get("/", { "accept-encoding": "gzip;q=0" })).headers.get("content-encoding"), null);
});

Deno.test("the page: nothing from elsewhere, and nothing that its policy forbids", async () => {
  const policy = (await server()("/")).headers.get("content-security-policy")!;
  assert.ok(policy.includes("default-src 'none'"));
  assert.ok(!policy.includes("unsafe"));
  for (const name of names) {
    const text = await Deno.readTextFile(new URL(name, folder));
    const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
    assert.doesNotMatch(code, /https?:\/\/(?!www\.w3\.org\/)/, name);
    if (name === "index.html") assert.doesNotMatch(code, /<style|style=|<script>|\son\w+=/);
    assert.doesNotMatch(code, /\beval\(|new Function\(|innerHTML = [^"]/, name);
  }
});

Deno.test("the page is public where the server asks for a key: it asks its user for it", async () => {
  const get = server({ apiKey: "secret" });
  for (const name of names) assert.equal((await get(pathOf(name))).status, 200);
  assert.equal((await get("/openapi.json")).status, 401);
});

Deno.test("without the page / leads to /docs, and its files are not there", async () => {
  const get = server({ page: false });
  const answer = await get("/");
  assert.deepEqual([answer.status, answer.headers.get("location")], [307, "docs"]);
  assert.equal((await get("/page/main.js")).status, 404);
});

const INPUTS = { text: `it's "so" $HOME \\ true`, list: [[1, 2.5], [-0, 9007199254740993n]], none: null, flag: false };

Deno.test("snippets(): what curl sends is the payload, whatever a shell makes of it", async () => {
  const { promise, resolve } = Promise.withResolvers<[string, string | null]>();
  await using echo = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    resolve([await request.text(), request.headers.get("authorization")]);
    return new Response("{}");
  });
  const { curl } = snippets(`http://127.0.0.1:${echo.addr.port}/`, INPUTS, true);
  const command = new Deno.Command("sh", { args: ["-c", curl!], env: { TESSERACT_API_KEY: "k" } });
  assert.ok((await command.output()).success);
  const sent =
    '{"inputs":{"text":"it\'s \\"so\\" $HOME \\\\ true","list":[[1,2.5],[-0.0,9007199254740993]],"none":null,"flag":false}}';
  assert.deepEqual(await promise, [sent, "Bearer k"]);
});

Deno.test("snippets(): Python and TypeScript write the values in their own ways", () => {
  const { Python, TypeScript } = snippets("http://h/", INPUTS, false);
  assert.ok(Python!.includes('"none": None,\n    "flag": False'));
  assert.ok(Python!.includes('true"'), "texts stay as they are");
  assert.ok(Python!.includes("[[1, 2.5], [-0.0, 9007199254740993]]"));
  assert.ok(TypeScript!.includes("[[1, 2.5], [-0.0, 9007199254740993n]]"));
});
