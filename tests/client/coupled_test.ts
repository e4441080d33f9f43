/** Tesseracts that call Tesseracts. */
import assert from "node:assert/strict";
import { connect, TesseractError } from "../../client.ts";
import { inTime } from "../../lib/in_time.ts";
import { defineTesseract, differentiable, scalar, z } from "../../mod.ts";
import { withFolder } from "../cli/run.ts";
import { Program } from "../http/program.ts";
import { programCommand } from "../program.ts";

const example = (path: string) => new URL(`../../examples/${path}`, import.meta.url).pathname;

/** Runs a command of examples/misfit, with heat served at a URL. */
async function misfit(heat: string, ...args: string[]) {
  const command = programCommand(["--api-path", example("misfit/tesseract_api.ts"), ...args], {
    env: { HEAT_URL: heat },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("a Tesseract calls another, by whose derivatives its own are exact", async () => {
  await using heat = new Program({ apiPath: example("heat/tesseract_api.ts") });
  const url = await heat.url();
  const payload = `@${example("misfit/payload.json")}`;
  const { stdout } = await misfit(url, "apply", payload);
  assert.equal(JSON.parse(stdout).misfit.data.buffer, 0.5673828124999951);
  const checked = await misfit(url, "check-gradients", payload, "--taylor", "--seed", "1");
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  assert.match(checked.stdout, /'misfit' by 'conductivity'.*: right; slope (1\.9|2)/);

  // What the other one refuses is told as such, with its address, and the place in the code that called it.
  const wrong = { conductivity: [[1]], temperature: [[300, 300]], measured: [[300, 300]] };
  const refused = await misfit(url, "apply", JSON.stringify({ inputs: wrong }));
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /TesseractError: apply of http:\S+: inputs\.conductivity: columns is 2 \(from inputs\.temperature\), got 1 \(status 422\)\n.*misfit\/tesseract_api\.ts:\d+/,
  );
});

Deno.test("the signal and the run id of a call go on to the Tesseract that it calls", async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    ask(new URL(request.url).search);
    request.signal.addEventListener("abort", () => resolve());
    await gone;
    return new Response();
  });
  const inner = connect(`http://127.0.0.1:${server.addr.port}`);
  const outer = defineTesseract({
    InputSchema: z.object({}),
    OutputSchema: z.object({}),
    async apply(_inputs, { signal, runId }) {
      await inner.apply({}, { signal, runId });
      return {};
    },
  });
  const controller = new AbortController();
  const call = connect(outer).apply({}, { signal: controller.signal, runId: "r7" });
  const failed = call.catch((error) => error);
  assert.equal(await Promise.race([asked, failed]), "?run_id=r7");
  controller.abort();
  assert.equal((await failed as Error).name, "AbortError");
  await inTime(gone, 60_000, () => new Error("the Tesseract that was called was not told within 60 s"));
  await server.shutdown();
});

const THROUGH = (url: string) => `
import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
import { connect } from "@tesseract/runtime/client";
const inner = connect(${JSON.stringify(url)});
const number = () => differentiable(scalar("float64"));
export default defineTesseract({
  InputSchema: z.object({ x: number() }),
  OutputSchema: z.object({ z: number() }),
  derivatives: "auto",
  apply: async ({ x }, { signal, runId }) => ({ z: (await inner.apply({ x }, { signal, runId })).y }),
});
`;

for (const direction of ["jacobian_vector_product", "vector_jacobian_product"] as const) {
  // The library that the copy's files in memory are made with stays open.
  const options = {
    name: `the signal and the run id of a ${direction} go on to that of the Tesseract that is called`,
    sanitizeResources: false,
  };
  Deno.test(options, async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const calls: string[] = [];
    const schemaOf = (name: string) => ({ differentiable_arrays: { [name]: {} } });
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      calls.push(pathname + search);
      if (pathname === "/openapi.json") {
        const schemas = { ApplyInputSchema: schemaOf("x"), ApplyOutputSchema: schemaOf("y") };
        return Response.json({ components: { schemas } });
      }
      if (pathname === "/apply") return Response.json({ y: 4 });
      ask();
      request.signal.addEventListener("abort", () => resolve());
      await gone;
      return new Response();
    });
    await withFolder({ "outer.ts": THROUGH(`http://127.0.0.1:${server.addr.port}`) }, async (folder) => {
      const outer = connect((await import(`${folder}/outer.ts`)).default);
      const controller = new AbortController();
      const given = { signal: controller.signal, runId: "r7" };
      const call = direction === "jacobian_vector_product"
        ? outer.jacobianVectorProduct({ x: 2 }, ["x"], ["z"], { x: 1 }, given)
        : outer.vectorJacobianProduct({ x: 2 }, ["x"], ["z"], { z: 1 }, given);
      const failed = call.catch((error) => error);
      await inTime(Promise.race([asked, failed]), 60_000, () => new Error("no derivative was asked for within 60 s"));
      assert.deepEqual(calls, ["/openapi.json", "/apply?run_id=r7", `/${direction}?run_id=r7`]);
      controller.abort();
      assert.equal((await failed as Error).name, "AbortError");
      await inTime(gone, 60_000, () => new Error("the Tesseract that was called was not told within 60 s"));
    });
    await server.shutdown();
  });
}

Deno.test("a failure of the Tesseract that was called is a failure of the one that called it", async () => {
  const inner = connect(defineTesseract({
    InputSchema: z.object({}),
    OutputSchema: z.object({}),
    apply() {
      throw new RangeError("no convergence");
    },
  }));
  const outer = connect(defineTesseract({
    InputSchema: z.object({}),
    OutputSchema: z.object({}),
    apply: async () => (await inner.apply({}), {}),
  }));
  const error = await outer.apply({}).catch((error) => error);
  assert(error instanceof TesseractError);
  assert.equal(error.status, 500);
  assert.match(error.message, /TesseractError: apply of the module: RangeError: no convergence/);
});

const FROM_CODE = `
import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
const number = () => differentiable(scalar("float64"));
export default defineTesseract({
  InputSchema: z.object({ x: number() }),
  OutputSchema: z.object({ y: number() }),
  derivatives: "auto",
  apply: ({ x }) => ({ y: x * x * x }),
});
`;

const CALLER = `
import { defineTesseract, differentiable, scalar, z } from "@tesseract/runtime";
import { connect } from "@tesseract/runtime/client";
import inner from "./inner.ts";
const number = () => differentiable(scalar("float64"));
export default defineTesseract({
  InputSchema: z.object({ x: number() }),
  OutputSchema: z.object({ z: number() }),
  derivatives: "auto",
  apply: async ({ x }, { signal }) => ({ z: 2 * (await connect(inner).apply({ x }, { signal })).y }),
});
`;

// The library that the copy's files in memory are made with stays open.
const fromCode = {
  name: "in process, derivatives are made from the code of a definition that a file exports",
  sanitizeResources: false,
};
Deno.test(fromCode, async () => {
  await withFolder({ "inner.ts": FROM_CODE, "outer.ts": CALLER }, async (folder) => {
    const { default: inner } = await import(`${folder}/inner.ts`);
    const { y } = await connect(inner).jacobian({ x: 2 }, ["x"], ["y"]);
    assert.deepEqual(y["x"], { dtype: "float64", shape: [], data: new Float64Array([12]) });

    // The derivatives of one cannot wait for those of another in the same process: never a wrong number, but an error.
    const { default: outer } = await import(`${folder}/outer.ts`);
    assert.deepEqual(await connect(outer).apply({ x: 2 }), { z: 16 });
    await assert.rejects(
      connect(outer).jacobian({ x: 2 }, ["x"], ["z"]),
      /derivatives: "auto".*serve it, and connect to its address/,
    );
  });
  const elsewhere = defineTesseract({
    InputSchema: z.object({ x: differentiable(scalar("float64")) }),
    OutputSchema: z.object({ y: differentiable(scalar("float64")) }),
    derivatives: "auto",
    apply: ({ x }) => ({ y: x }),
  });
  assert.deepEqual(await connect(elsewhere).apply({ x: 2 }), { y: 2 });
  await assert.rejects(connect(elsewhere).jacobian({ x: 2 }, ["x"], ["y"]), /needs the file whose default export/);
});
