/** The API page in a real browser: it needs no network, and reads the document of the server. Needs chromium. */
import assert from "node:assert/strict";
import { serve } from "../golden/program.ts";
import { Program } from "../http/program.ts";

/** What a browser shows at an address, as HTML. */
async function show(url: string, profile: string): Promise<string> {
  const browser = new Deno.Command("chromium", {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${profile}`,
      // Only the server can be reached.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "--virtual-time-budget=15000",
      "--dump-dom",
      url,
    ],
    stdout: "piped",
    stderr: "null",
  });
  return new TextDecoder().decode((await browser.output()).stdout);
}

Deno.test("the API page asks for the key of a server that needs one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = new Program({ access: { apiKey: "k1", corsOrigins: [] } });
    const page = await show(`${await server.url()}/docs`, `${folder}/profile`);
    assert.match(page, /<form id="key">/);
    assert.doesNotMatch(page, /data-path=/);
    await using open = new Program({});
    assert.match(
      await show(`${await open.url()}/docs`, `${folder}/profile`),
      /<form id="key" hidden="">[^]*data-path=/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
});

Deno.test("the API page lists the endpoints of the module", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await serve("vectoradd", { cwd: folder, inputs: folder, outputs: folder });
    const page = await show(`http://127.0.0.1:${server.port}/docs`, `${folder}/profile`);
    for (const path of ["/apply", "/vector_jacobian_product", "/health"]) {
      assert.ok(page.includes(`data-path="${path}"`), `${path} is not on the page`);
    }
    assert.ok(page.includes("Apply_InputSchema"));
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
});
