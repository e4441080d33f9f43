/** `tesseract-runtime client URL`: the types that it writes, held by the compiler. */
import assert from "node:assert/strict";
import { writeTypes } from "../../lib/client/write_types.ts";
import { freePort } from "../free_port.ts";
import { Program } from "../http/program.ts";
import { removeFolder } from "../program.ts";
import { runCli } from "../cli/run.ts";

const MODULES = ["vectoradd", "univariate", "nested", "dtypes", "minimal", "faulty"] as const;
const path = (relative: string) => new URL(relative, import.meta.url).pathname;

/** The document that Python's runtime wrote for a module. */
const recorded = (module: string) => JSON.parse(Deno.readTextFileSync(path(`../golden/data/${module}/openapi.json`)));

/** Compiles files of TypeScript in one go; what the compiler said. */
async function compile(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", path("../../deno.json"), ...Object.keys(files)],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    return success ? "" : new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const USE_OF_NESTED = `
import { type Client } from "@tesseract/runtime/client";
import type { Tesseract } from "./nested.ts";
import type { Tesseract as Dtypes } from "./dtypes.ts";
import type { Tesseract as Faulty } from "./faulty.ts";
declare const client: Client<Tesseract>;
const inputs: Parameters<typeof client.apply>[0] = {
  x: [1, 2],
  layers: [{ name: "a", weight: [[1]], bias: new Float64Array(1), activation: "square" }],
  params: { rate: 1, other: { dtype: "float64", shape: [], data: new Float64Array(1) } },
  span: [[0, 1], new Float32Array(2)],
  source: { kind: "ramp", start: 0, step: 1 },
  ids: [1n, 2],
  spectrum: [{ re: 1, im: 2 }, 3],
  mask: [true],
  half: [[1], [2]],
};
export async function use() {
  const { activations, final, ids, summary, doubled } = await client.apply(inputs);
  const numbers: Float64Array[] = activations.map(({ data }) => data);
  const norm: number = final.norm + doubled["rate"]!;
  const id: bigint | undefined = ids.data[0];
  const note: string | null | undefined = summary.note;
  const pair: [number, string] = summary.pair;
  const jvp = await client.jacobianVectorProduct(inputs, ["x", "layers.[0].weight", "params.{rate}"], ["final.norm"], {
    x: [1, 2], "layers.[0].weight": [[1]], "params.{rate}": 1,
  });
  const tangent: Float64Array = jvp["final.norm"].data;
  const { middle } = await client.abstractEval({ ...inputs, x: { shape: [1], dtype: "float64" } } as never);
  const rank: number = middle.shape.length;
  // @ts-expect-error there is no such input
  await client.apply({ ...inputs, y: 1 });
  // @ts-expect-error there is no such source
  await client.apply({ ...inputs, source: { kind: "step" } });
  // @ts-expect-error another dtype
  await client.apply({ ...inputs, x: new Float32Array(1) });
  // @ts-expect-error another rank
  await client.apply({ ...inputs, half: [1] });
  // @ts-expect-error there is no such output
  (await client.apply(inputs)).y;
  // @ts-expect-error it is not differentiable
  await client.jacobian(inputs, ["ids"], ["final.norm"]);
  // @ts-expect-error an index is in brackets
  await client.jacobian(inputs, ["layers.0.weight"], ["final.norm"]);
  return { numbers, norm, id, note, pair, tangent, rank };
}
export async function dtypes(client: Client<Dtypes>) {
  const outputs = await client.apply({ v_bool: [true], s_complex64: 1, any_all: [[[1n]]], any_dtype: new Int8Array(1) });
  const flag: boolean | null | undefined = outputs.s_bool;
  const wave: { re: number; im: number } | null | undefined = outputs.s_complex64;
  const { any_shape: any } = outputs;
  const data: number | Float64Array = typeof any === "number" ? any : any!.data;
  // @ts-expect-error complex is no part of float64
  await client.apply({ fixed: [[{ re: 0, im: 0 }]] });
  return { flag, wave, data };
}
// @ts-expect-error the module has no abstract evaluation
export const none = (client: Client<Faulty>) => client.abstractEval({});
`;

Deno.test("the types of every recorded document compile, and hold callers to them", async () => {
  const files = Object.fromEntries(MODULES.map((module) => [`${module}.ts`, writeTypes(recorded(module))]));
  assert.equal(await compile({ ...files, "use.ts": USE_OF_NESTED }), "");
});

Deno.test("whatever names and texts a document has, the types compile", async () => {
  const component = (properties: object) => ({ type: "object", properties, required: Object.keys(properties) });
  const odd = {
    info: { title: "3 layers: */ heat-équation", description: "Line one */ {\n * two `${x}`" },
    paths: { "/apply": {}, "/*/": {} },
    components: {
      schemas: {
        ApplyInputSchema: {
          ...component({ inputs: { $ref: "#/components/schemas/Apply_InputSchema" } }),
          differentiable_arrays: { "a`b.[].${c}\\d": { dtype: 'x"y', shape: ["n", 2, null] }, "e-f": {} },
        },
        Apply_InputSchema: component({
          "a b": { $ref: "#/components/schemas/Apply_Record" },
          "*/": { type: ["string", "null"], description: "*/ x" },
          tree: { $ref: "#/components/schemas/Apply_Tree" },
          gone: { $ref: "#/components/schemas/Apply_Gone" },
          anything: {},
          text: { const: '`"\u2028' },
          both: { allOf: [{ type: "object", additionalProperties: { type: "number" } }, component({ a: true })] },
          more: { ...component({ a: { type: "string" } }), additionalProperties: { type: "number" } },
          rest: {
            type: "array",
            prefixItems: [{ type: "string" }],
            items: { anyOf: [{ type: "null" }, { type: "number" }] },
          },
        }),
        Apply_Record: component({ x: { type: "integer" } }),
        "Apply_Tree": component({ children: { type: "array", items: { $ref: "#/components/schemas/Apply_Tree" } } }),
        Apply_DataOf: component({}),
        ApplyOutputSchema: { $ref: "#/components/schemas/Apply_DataOf", title: "x" },
      },
    },
  };
  const written = writeTypes(odd);
  assert.match(written, /export interface Tesseract3LayersHeatEquation \{/);
  const use = 'import { connect } from "@tesseract/runtime/client";\n' +
    'import type { Tesseract3LayersHeatEquation as T } from "./odd.ts";\n' +
    'const client = connect<T>("http://x");\n' +
    'export const use = () => client.jacobian({} as never, ["e-f", "a`b.[1].${c}\\\\d"], []);\n';
  assert.equal(await compile({ "odd.ts": written, "use.ts": use }), "");
});

Deno.test("what is no document of a Tesseract is refused", () => {
  for (const document of [null, {}, [], "x", { components: {}, paths: {} }]) {
    assert.throws(() => writeTypes(document), /not the OpenAPI document of a Tesseract/);
  }
});

Deno.test("the command asks a running server, with a key", async () => {
  const folder = await Deno.makeTempDir();
  {
    const apiPath = path("component/tesseract_api.ts");
    await using server = new Program({ apiPath, inputPath: folder, outputPath: folder });
    const { code, stdout, stderr } = await runCli(["client", await server.url()]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /readonly a: NdArray<"float64", readonly \[number\]> \| Float64Array \| readonly number\[\];/);
    assert.equal(await compile({ "types.ts": stdout }), "");
  }
  await removeFolder(folder);

  const keys: (string | null)[] = [];
  const locked = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ headers }) => {
    keys.push(headers.get("authorization"));
    return Response.json({ detail: "a wrong key" }, { status: 401 });
  });
  const url = `http://127.0.0.1:${locked.addr.port}`;
  const refused = await runCli(["client", url, "--api-key", "k1"], { env: { TESSERACT_API_KEY: "k2" } });
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^Error: openapi.json of http:\S+: a wrong key; the key was not accepted \(status 401\)\n$/,
  );
  await runCli(["client", url], { env: { TESSERACT_API_KEY: "k2" } });
  assert.deepEqual(keys, ["Bearer k1", "Bearer k2"]);
  await locked.shutdown();

  const nobody = await runCli(["client", `http://127.0.0.1:${freePort()}`]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /^Error: openapi.json of http:\S+: no answer came/);
  assert.match((await runCli(["client", "foo"])).stderr, /expected the URL of a Tesseract/);
});
