/** The metrics, as Prometheus reads them. Needs `promtool` on the PATH, which Debian's `prometheus` has. */
import assert from "node:assert/strict";
import { Program } from "../http/program.ts";

Deno.test("promtool finds nothing to complain of in /metrics", async () => {
  await using server = new Program({});
  const url = await server.url();
  for (const mode of ["double", "throw"]) {
    await (await fetch(`${url}/apply`, { method: "POST", body: JSON.stringify({ inputs: { x: [1], mode } }) })).text();
  }
  const text = await (await fetch(`${url}/metrics`)).text();
  const promtool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = promtool.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await promtool.output();
  assert.deepEqual([new TextDecoder().decode(stdout), new TextDecoder().decode(stderr), code], ["", "", 0]);
});
