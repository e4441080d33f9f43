/**
 * What the help of an endpoint's command says of the user module: its description, and its inputs and outputs.
 * @module
 */
import { ENDPOINTS } from "../endpoints/endpoints.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import type { ArrayNode, LeafNode, Node, ObjectNode } from "../schema/node.ts";
import { exampleOf } from "../testing/example.ts";
import { commandName, PROGRAM } from "./command.ts";
import type { Surroundings } from "./io/io.ts";
import type { GlobalValues } from "./options/global.ts";
import { readSettings } from "./options/settings.ts";
import { openModule } from "./user_module.ts";

/**
 * The end of a command's help. Empty for a command that is no endpoint, and where the user module is missing or
 * broken, because the help must work without it.
 */
export async function moduleHelp(surroundings: Surroundings, global: GlobalValues, command: string): Promise<string> {
  const entry = ENDPOINTS.find((entry) => commandName(entry) === command);
  if (entry === undefined) return "";
  try {
    const module = await openModule({ ...surroundings, settings: readSettings(surroundings, command, global) });
    const { payload, openapi } = await entry.load();
    const result = openapi.result?.(module) ?? (command === "apply" ? module.outputs : undefined);
    const outputs = result === undefined ? [] : listFields(result);
    return [
      ...command === "apply" ? ["", "Example:", await exampleLine(module)] : [],
      ...module.description === "" ? [] : ["", module.description],
      "",
      "Input schema:",
      ...listFields(payload(module)),
      ...outputs.length === 0 ? [] : ["", "Output schema:", ...outputs],
      "",
    ].join("\n");
  } catch {
    return "";
  }
}

/** A command line that works, as far as one can be made up. */
async function exampleLine(module: TesseractModule): Promise<string> {
  const { payload, from } = await exampleOf(module);
  const file = `${module.file.slice(0, module.file.lastIndexOf("/"))}/${from}`;
  return `  ${PROGRAM} apply ${from === "payload.json" ? `@${file}` : quoted(JSON.stringify(payload, plain))}`;
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `field: description [default: …] (type)` for each field, those of objects below it. */
export function listFields(node: Node, indent = "  "): string[] {
  const object = objectIn(node);
  if (object === undefined) return [];
  return [...object.fields].flatMap(([name, field]) => {
    const words = [`${name}:`, descriptionOf(field), defaultOf(field), typeOf(field)].filter((word) =>
      word !== undefined
    );
    return [`${indent}${words.join(" ")}`, ...listFields(field, `${indent}    `)];
  });
}

/** The node below a wrapper, or the items of a list or a record. */
function below(node: Node): Node | undefined {
  if (node.kind === "pipe") return node.in;
  if (node.kind === "list") return node.item;
  if (node.kind === "record") return node.value;
  return "inner" in node ? node.inner : undefined;
}

function objectIn(node: Node | undefined): ObjectNode | undefined {
  while (node !== undefined && node.kind !== "object") node = below(node);
  return node;
}

/** The description of the outermost wrapper that has one. */
function descriptionOf(node: Node | undefined): string | undefined {
  for (; node !== undefined && node.kind !== "list" && node.kind !== "record"; node = below(node)) {
    if (node.description !== undefined) return node.description.replaceAll("\n", " ");
  }
  return node?.description;
}

/** `(float32)`, `(float64, shape [any, 3])`, `(string)`; nothing for an object, whose fields follow. */
function typeOf(node: Node | undefined, isList = false): string | undefined {
  for (; node !== undefined; node = below(node)) {
    if (node.kind === "array") return `(${arrayText(node.type)}${isList ? ", several" : ""})`;
    if (node.kind === "leaf") return `(${leafText(node)}${isList ? ", several" : ""})`;
    if (node.kind === "path") return "(path)";
    isList ||= node.kind === "list" || node.kind === "record";
  }
  return undefined;
}

function arrayText({ dtype, shape }: ArrayNode["type"]): string {
  const ofShape = shape === undefined || shape === null
    ? ["any shape"]
    : shape.length > 0
    ? [`shape [${shape.map((size) => size ?? "any").join(", ")}]`]
    : [];
  return [dtype ?? "any dtype", ...ofShape].join(", ");
}

function leafText({ type, values }: LeafNode): string {
  return values === undefined ? type : values.map((value) => JSON.stringify(value)).join(" or ");
}

function defaultOf(node: Node | undefined): string | undefined {
  for (; node !== undefined && node.kind !== "list" && node.kind !== "record"; node = below(node)) {
    if (node.kind === "default") return `[default: ${JSON.stringify(node.value(), plain)}]`;
  }
  return undefined;
}

/** Arrays as lists, and integers of any size. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as Iterable<unknown>) : value;
}
