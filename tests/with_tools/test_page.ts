/** Tests of a page in a real browser. */
import assert from "node:assert/strict";
import type { ModuleName } from "../golden/cases.ts";
import { serve, type Server } from "../golden/program.ts";
import { Browser } from "./browser.ts";

/** Opens a page of a server of this module. At the end it has asked nobody but the server, and has had no error. */
export function test(
  name: string,
  { module, path = "/", env }: { module: ModuleName | URL; path?: string; env?: Record<string, string> },
  use: (browser: Browser, server: Server) => Promise<void>,
) {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using server = await serve(module, { cwd: folder, inputs: folder, outputs: folder }, env);
      await using browser = await Browser.open();
      await browser.look(1280, 900, "light");
      await browser.goto(`http://127.0.0.1:${server.port}${path}`);
      await use(browser, server);
      const elsewhere = browser.requests.filter((url) =>
        !/^(data|blob|about):/.test(url) && !url.includes(`:${server.port}/`)
      );
      assert.deepEqual(elsewhere, []);
      // a refused call is an answer like any other
      assert.deepEqual(browser.errors.filter((text) => !/status of 4(22|01)/.test(text)), []);
    } finally {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  });
}
