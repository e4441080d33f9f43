import { type EndpointEntry, ENDPOINTS } from "../endpoints/endpoints.ts";
import { examplePayloads } from "../endpoints/examples.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { asJson } from "../schema/json_default.ts";
import type { Node, ObjectNode } from "../schema/node.ts";
import { folderOf, join } from "../storage/location.ts";
import { exampleOf } from "../testing/example.ts";
import { commandName, PROGRAM } from "./command.ts";
import { quoteForShell } from "./quote_for_shell.ts";
import type { Surroundings } from "./io/io.ts";
import type { GlobalValues } from "./options/global.ts";
import { readSettings } from "./options/settings.ts";
import { openModule } from "./user_module.ts";

/**
 * The end of the help of an endpoint's command: the user module's description, inputs and outputs. Empty for a command
 * that is no endpoint, and where the user module is missing or broken, because the help must work without it.
 */
export async function moduleHelp(surroundings: Surroundings, global: GlobalValues, command: string): Promise<string> {
  const entry = ENDPOINTS.find((entry) => commandName(entry) === command);
  if (entry === undefined) return "";
  try {
    const module = await openModule({ ...surroundings, settings: readSettings(surroundings, command, global) });
    const { payload, openapi } = await entry.load();
    const result = openapi.result?.(module) ?? (command === "apply" ? module.outputs : undefined);
    const { inputs: _, ...others } = openapi.fields;
    const outputs = result === undefined ? [] : listFields(result);
    const example = await exampleLine(module, entry);
    return [
      ...example === undefined ? [] : ["", "Example:", example],
      ...module.description === "" ? [] : ["", module.description],
      "",
      "Input schema:",
      ...listFields(payload(module), "  ", others),
      ...outputs.length === 0 ? [] : ["", "Output schema:", ...outputs],
      "",
    ].join("\n");
  } catch {
    return "";
  }
}

/** Longer payloads do not help anybody who reads them. */
const LONGEST_EXAMPLE = 2000;

/**
 * A command line to try: it works if the example of the component is valid. `undefined` if no payload is known, or only
 * a long one.
 */
async function exampleLine(module: TesseractModule, entry: EndpointEntry): Promise<string | undefined> {
  const command = `  ${PROGRAM} ${commandName(entry)} `;
  if (entry.name === "apply" && (await exampleOf(module)).from === "payload.json") {
    return command + quoteForShell(`@${join(folderOf(module.file), "payload.json")}`);
  }
  const payload = JSON.stringify((await examplePayloads(module))[entry.name]);
  return payload === undefined || payload.length > LONGEST_EXAMPLE ? undefined : command + quoteForShell(payload);
}

/**
 * `field: description [default: …] (type)` for each field, with the fields of an object indented below it. `others` has
 * descriptions for fields that have none in the schema.
 */
export function listFields(node: Node, indent = "  ", others: Readonly<Record<string, string>> = {}): string[] {
  const object = readField(node).object;
  if (object === undefined) return [];
  return [...object.fields].flatMap(([name, field]) => {
    const { description = Object.hasOwn(others, name) ? others[name] : undefined, byDefault, type } = readField(field);
    const words = [`${name}:`, description, byDefault, type].filter((word) => word !== undefined);
    return [`${indent}${words.join(" ")}`, ...listFields(field, `${indent}    `)];
  });
}

interface Field {
  description?: string | undefined;
  byDefault?: string;
  /** `(float32)`, `(float64, shape [any, 3])`, `(string)`; nothing for an object, whose fields follow. */
  type?: string;
  object?: ObjectNode;
}

/**
 * Describes a field, looking through wrappers such as optional. For a list or a record, the type is that of its items.
 */
function readField(node: Node): Field {
  const field: Field = {};
  let isSeveral = false;
  for (let at: Node | undefined = node; at !== undefined; at = below(at)) {
    if (!isSeveral) field.description ??= at.description?.replaceAll("\n", " ");
    if (at.kind === "list" || at.kind === "record") isSeveral = true;
    const value = at.kind === "default" && !isSeveral ? asJson(at.value()) : undefined;
    if (value !== undefined) field.byDefault ??= `[default: ${JSON.stringify(value)}]`;
    if (at.kind === "object") field.object = at;
    const type = typeOf(at);
    if (type !== undefined) field.type = `(${type}${isSeveral ? ", several" : ""})`;
  }
  return field;
}

/** The node below a wrapper, or the items of a list or a record. */
function below(node: Node): Node | undefined {
  if (node.kind === "pipe") return node.in;
  if (node.kind === "list") return node.item;
  if (node.kind === "record") return node.value;
  return "inner" in node ? node.inner : undefined;
}

function typeOf(node: Node): string | undefined {
  if (node.kind === "path") return "path";
  if (node.kind === "leaf") return node.values?.map((value) => JSON.stringify(value)).join(" or ") ?? node.type;
  if (node.kind !== "array") return undefined;
  const { dtype, shape } = node.type;
  const sizes = shape === null
    ? ", any shape"
    : shape.length === 0
    ? ""
    : `, shape [${shape.map((n) => n ?? "any").join(", ")}]`;
  return `${dtype ?? "any dtype"}${sizes}`;
}
