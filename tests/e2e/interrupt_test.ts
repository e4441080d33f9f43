/** Ctrl-C during check-gradients, of the real program. */
import { deepStrictEqual, equal, match } from "node:assert/strict";
import { withFolder } from "../cli/run.ts";
import { deliver, programCommand } from "../program.ts";

/** Says on stderr when it has done enough for an interrupt to come. */
const MODULE = `
import { array, differentiable, z } from "@tesseract/runtime";
export const InputSchema = z.object({ x: differentiable(array([null], "float64")), mode: z.string() });
export const OutputSchema = z.object({ y: differentiable(array([null], "float64")) });

let calls = 0;
export async function apply({ x, mode }) {
  calls++;
  if (calls === (mode === "first" ? 1 : 6)) console.log("ready");
  if (mode === "first" || mode === "await" && calls > 5) await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (mode === "block" && calls > 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (mode === "compute") for (const end = performance.now() + 1; performance.now() < end;);
  return { y: x.data.map((value) => value * value) };
}

export function jacobianVectorProduct({ x }, _inputs, _outputs, { x: tangent }) {
  return { y: x.data.map((value, i) => 2 * value * tangent.data[i]) };
}
`;

interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a check, and interrupts it so many times. */
async function interrupted(mode: string, times: number, ...args: string[]): Promise<Ended> {
  let ended: Ended | undefined;
  await withFolder({ "tesseract_api.js": MODULE }, async (folder) => {
    const payload = JSON.stringify({ inputs: { x: Array.from({ length: 5000 }, (_, i) => i), mode } });
    await Deno.writeTextFile(`${folder}/payload.json`, payload);
    const child = programCommand(["check-gradients", "@payload.json", "--max-evals", "5000", ...args], {
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdout = new Response(child.stdout).text();
    let stderr = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const wasReady = stderr.includes("ready");
      stderr += text;
      if (wasReady || !stderr.includes("ready")) continue;
      for (let i = 1; i < times; i++) await deliver(child, "SIGINT");
      child.kill("SIGINT");
    }
    const { code, signal } = await child.status;
    ended = { code, signal, stdout: await stdout, stderr };
  });
  return ended!;
}

const REPORT =
  /^Gradient check for jacobian_vector_product was interrupted \(0 failures \/ (\d+) checks\)\nInterrupted: .*\n$/;

for (const mode of ["await", "compute"]) {
  Deno.test(`Ctrl-C while user code does ${mode} reports what was checked so far`, async () => {
    const { code, stdout, stderr } = await interrupted(mode, 1);
    deepStrictEqual({ code, stderr }, { code: 130, stderr: "ready\n" });
    match(stdout, REPORT);
  });
}

Deno.test("Ctrl-C reports in JSON, too", async () => {
  const { code, stdout } = await interrupted("compute", 1, "--json");
  equal(code, 130);
  equal(JSON.parse(stdout).interrupted, true);
});

Deno.test("Ctrl-C before anything was checked says so", async () => {
  const { code, stdout, stderr } = await interrupted("first", 1);
  deepStrictEqual({ code, stdout }, { code: 130, stdout: "" });
  match(stderr, /Error: interrupted before anything was checked\n$/);
});

Deno.test("a second Ctrl-C stops at once, even where user code lets nobody else run", async () => {
  const { signal, stdout } = await interrupted("block", 2);
  deepStrictEqual({ signal, stdout }, { signal: "SIGINT", stdout: "" });
});
