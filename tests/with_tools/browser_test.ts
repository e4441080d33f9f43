/** The API page in a real browser: it needs no network, and reads the document of the server. Needs chromium. */
import assert from "node:assert/strict";
import { serve } from "../golden/program.ts";

Deno.test("the API page lists the endpoints of the module", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await serve("vectoradd", { cwd: folder, inputs: folder, outputs: folder });
    const browser = new Deno.Command("chromium", {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        `--user-data-dir=${folder}/profile`,
        // nothing but the server can be reached
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--virtual-time-budget=15000",
        "--dump-dom",
        `http://127.0.0.1:${server.port}/docs`,
      ],
      stdout: "piped",
      stderr: "null",
    });
    const page = new TextDecoder().decode((await browser.output()).stdout);
    for (const path of ["/apply", "/vector_jacobian_product", "/health"]) {
      assert.ok(page.includes(`data-path="${path}"`), `${path} is not on the page`);
    }
    assert.ok(page.includes("Apply_InputSchema"));
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
});
