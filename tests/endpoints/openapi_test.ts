import SwaggerParser from "@apidevtools/swagger-parser";
import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import type { TesseractModule } from "../../lib/api/tesseract.ts";
import { availableEndpoints, ENDPOINTS } from "../../lib/endpoints/endpoints.ts";
import { exampleAnswers } from "../../lib/endpoints/examples.ts";
import { inputSchemaDocument, openapiDocument, outputSchemaDocument } from "../../lib/endpoints/openapi.ts";
import { readSchema } from "../../lib/schema/read.ts";

const MODULES = ["vectoradd", "univariate", "nested", "dtypes", "minimal", "faulty"];

/** What this program does not read or say (yet), or says otherwise. */
const IGNORED = {
  // `parameters`: OpenAPI ignores one called Accept. `responses`: there are more of them, in more formats.
  // `description` ends in the function's docstring there; it is compared on its own
  operation: ["parameters", "responses", "description"],
  components: ["CudaIpcArrayData"],
  encodings: ["cuda_ipc"],
  // of a binref: there it has escapes that a JSON Schema may not have
  buffer: ["pattern"],
  keywords: ["title"],
};

type Json = Record<string, unknown>;
interface Document extends Json {
  readonly paths: Record<string, Record<string, Json>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

async function read(name: string, file: string): Promise<Json> {
  return JSON.parse(await Deno.readTextFile(new URL(`../golden/data/${name}/${file}`, import.meta.url)));
}

async function load(name: string): Promise<TesseractModule> {
  const { default: { InputSchema, OutputSchema, description, ...functions } } = await import(
    `../golden/modules/${name}/tesseract_api.ts`
  );
  const ids = new Map();
  const inputs = readSchema(InputSchema, "InputSchema", ids);
  const outputs = readSchema(OutputSchema, "OutputSchema", ids);
  assert.deepEqual([...inputs.faults, ...outputs.faults], []);
  return { file: "", description, inputs: inputs.node, outputs: outputs.node, functions };
}

/** The document as clients get it. */
async function documentOf(module: TesseractModule, answers?: Json): Promise<Document> {
  const endpoints = await Promise.all(availableEndpoints(module).map((entry) => entry.load()));
  const document = openapiDocument(
    module,
    { title: "Tesseract", version: "unknown", description: "" },
    endpoints,
    {},
    answers,
  );
  return JSON.parse(JSON.stringify(document));
}

const without = (object: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
    : value;

function byText(items: readonly unknown[]): unknown[] {
  const text = (value: unknown): string => JSON.stringify(value, sortedKeys);
  return items.toSorted((a, b) => text(a) < text(b) ? -1 : 1);
}

/** A document without what is not compared; alternatives in an order of their own. */
function comparable(value: unknown, key = "", holder = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, "", key));
    const known = items.filter((item) =>
      !IGNORED.components.some((name) => JSON.stringify(item)?.includes(`/${name}"`))
    );
    return ["anyOf", "oneOf", "required"].includes(key) ? byText(known) : known;
  }
  if (typeof value !== "object" || value === null) return value;
  let object = value as Json;
  // a field may be called "title", too
  if (key !== "properties") object = without(object, IGNORED.keywords);
  if (key === "mapping") object = without(object, IGNORED.encodings);
  if (key === "buffer" && holder === "properties") object = without(object, IGNORED.buffer);
  return Object.fromEntries(Object.entries(object).map(([name, item]) => [name, comparable(item, name, key)]));
}

/** The names of the components that an endpoint refers to, also by others. */
function reachable(document: Document, part: unknown, found = new Set<string>()): Set<string> {
  for (const [, name] of JSON.stringify(part).matchAll(/#\/components\/schemas\/([^"]+)/g)) {
    if (found.has(name!)) continue;
    found.add(name!);
    reachable(document, document.components.schemas[name!] ?? {}, found);
  }
  return found;
}

for (const name of MODULES) {
  Deno.test(`the OpenAPI document of ${name} says what the recorded one says`, async () => {
    const mine = await documentOf(await load(name));
    const recorded = await read(name, "openapi.json") as Document;
    assert.deepEqual(Object.keys(mine).sort(), Object.keys(recorded).sort());
    const paths = ["/health", ...ENDPOINTS.map(({ name }) => `/${name}`)];
    assert.deepEqual(
      Object.keys(mine.paths).sort(),
      Object.keys(recorded.paths).filter((path) => paths.includes(path)).sort(),
    );
    for (const [path, operations] of Object.entries(mine.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        assert.deepEqual(
          comparable(without(operation, IGNORED.operation)),
          comparable(without(recorded.paths[path]![method]!, IGNORED.operation)),
          `${method} ${path}`,
        );
        assert.ok(String(recorded.paths[path]![method]!.description).startsWith(String(operation.description)), path);
      }
    }
    const names = [...reachable(recorded, Object.keys(mine.paths).map((path) => recorded.paths[path]))];
    const expected = names.filter((name) => !IGNORED.components.includes(name)).sort();
    assert.deepEqual(Object.keys(mine.components.schemas).sort(), expected);
    for (const component of expected) {
      assert.deepEqual(
        comparable(mine.components.schemas[component], component),
        comparable(recorded.components.schemas[component], component),
        component,
      );
    }
  });

  Deno.test(`the OpenAPI document of ${name} is valid, each schema in it too`, async () => {
    const document = await documentOf(await load(name));
    await SwaggerParser.validate(structuredClone(document) as never);
    const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: true });
    ajv.addSchema({ $id: "document", ...document });
    for (const component of Object.keys(document.components.schemas)) {
      const schema = document.components.schemas[component]!;
      assert.ok(ajv.validateSchema(schema), `${component}: ${ajv.errorsText()}`);
      assert.ok(ajv.compile({ $ref: `document#/components/schemas/${component}` }), component);
    }
  });

  Deno.test(`the schemas of the inputs and outputs of ${name} name the recorded arrays and definitions`, async () => {
    const module = await load(name);
    for (const [file, document] of [["input", inputSchemaDocument(module)], ["output", outputSchemaDocument(module)]]) {
      const mine = JSON.parse(JSON.stringify(document)) as Json;
      const recorded = await read(name, `${file}_schema.json`);
      assert.deepEqual(mine.differentiable_arrays, recorded.differentiable_arrays);
      assert.deepEqual(comparable(without(mine, ["$defs", "field_order"])), comparable(without(recorded, ["$defs"])));
      const definitions = (schema: Json) => Object.keys(schema.$defs ?? {}).sort();
      // array types stand in place
      const expected = definitions(recorded).filter((name) =>
        !name.startsWith("EncodedArrayModel") && !IGNORED.components.includes(name)
      );
      assert.deepEqual(definitions(mine), expected);
      assert.ok(new Ajv2020({ strict: false, validateFormats: false }).compile(mine));
    }
  });
}

for (const name of MODULES) {
  Deno.test(`exampleAnswers(): those of ${name} are valid by the schemas of the answers`, async () => {
    const module = await load(name);
    const answers = await exampleAnswers(module);
    const document = await documentOf(module, answers);
    const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, "document");
    for (const [path, methods] of Object.entries(document.paths).filter(([path]) => path !== "/health")) {
      const { schema, example } = (methods["post"] as { responses: Responses }).responses[200].content[JSON_TYPE];
      assert.ok(example, path);
      const validate = ajv.compile({ $ref: `document${schema.$ref}` });
      assert.ok(validate(example), `${path}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(example)}`);
    }
  });
}

const JSON_TYPE = "application/json";
interface Responses {
  200: { content: { [JSON_TYPE]: { schema: { $ref: string }; example?: unknown } } };
}

Deno.test("the description of the module is part of that of apply", async () => {
  const { paths } = await documentOf(await load("minimal"));
  assert.equal(paths["/apply"]!.post!.description, "Apply the Tesseract to the input data.\n\nSay hello.");
});

Deno.test("a payload that fits is valid by the schema of the inputs, another is not", async () => {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile(inputSchemaDocument(await load("vectoradd")));
  const vector = (...buffer: number[]) => ({ shape: [2], dtype: "float64", data: { buffer, encoding: "json" } });
  assert.ok(validate({ inputs: { a: vector(1, 2), b: vector(3, 4) } }), ajv.errorsText(validate.errors));
  assert.ok(!validate({ inputs: { a: vector(1, 2) } }));
  assert.ok(!validate({ inputs: { a: vector(1, 2), b: { ...vector(1), dtype: "complex64" } } }));
});

Deno.test("openapiDocument() lists only what the module has functions for", async () => {
  const { functions: { apply }, ...module } = await load("vectoradd");
  const document = await documentOf({ ...module, functions: { apply: apply! } });
  assert.deepEqual(Object.keys(document.paths), ["/apply", "/health"]);
  const names = Object.keys(document.components.schemas).filter((name) => /^Abstract|^J[^s]|^VJP/.test(name));
  assert.deepEqual(names, []);
});

Deno.test("openapiDocument() says what it is told of the program", async () => {
  const module = await load("minimal");
  const info = { title: "Greeter", version: "1.2.3", description: "Greets." };
  assert.deepEqual(openapiDocument(module, info, []).info, info);
  assert.deepEqual(openapiDocument(module, { ...info, description: "" }, []).info, {
    title: "Greeter",
    version: "1.2.3",
  });
});
