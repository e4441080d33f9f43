import { deepStrictEqual } from "node:assert/strict";
import { listFields } from "../../lib/cli/module_help.ts";
import { type Node, objectNode } from "../../lib/schema/node.ts";

const leaf = (description?: string): Node => ({
  kind: "leaf",
  type: "number",
  needsZod: false,
  hasArrays: false,
  description,
});
const wrapped = (kind: "optional" | "nullable", inner: Node): Node => ({ kind, inner, hasArrays: false });
const withDefault = (inner: Node, value: unknown, description?: string): Node => ({
  kind: "default",
  inner,
  value: () => value,
  parsed: false,
  hasArrays: false,
  description,
});

Deno.test("listFields() lists descriptions and defaults, indented as the objects are nested", () => {
  const layer = objectNode({ weight: leaf("Its weight."), bias: withDefault(leaf("Its bias."), [0, 1n]) });
  const schema = objectNode({
    x: leaf("A number,\nof some kind."),
    bare: leaf(),
    s: withDefault(leaf("inner"), 1, "outer"),
    deep: wrapped("optional", wrapped("nullable", objectNode({ value: leaf() }, "An object."))),
    layers: { kind: "list", item: layer, hasArrays: false, description: "Layers." },
    tables: { kind: "record", key: leaf(), value: leaf("not this one"), required: [], loose: false, hasArrays: false },
  });
  deepStrictEqual(listFields(schema, ""), [
    "x: A number, of some kind. (number)",
    "bare: (number)",
    "s: outer [default: 1] (number)",
    "deep: An object.",
    "    value: (number)",
    "layers: Layers.",
    "    weight: Its weight. (number)",
    "    bias: Its bias. [default: [0,1]] (number)",
    "tables: (number, several)",
  ]);
});

Deno.test("listFields() takes the description of a field that has none from elsewhere", () => {
  const payload = objectNode({ inputs: objectNode({ x: leaf(), constructor: leaf() }), jac_inputs: leaf() });
  deepStrictEqual(listFields(payload, "", { jac_inputs: "By which.", x: "not this one" }), [
    "inputs:",
    "    x: (number)",
    "    constructor: (number)",
    "jac_inputs: By which. (number)",
  ]);
});

Deno.test("listFields() of what has no fields is empty", () => deepStrictEqual(listFields(leaf("x")), []));
