/**
 * What the help of an endpoint's command says of the user module: its description, and its inputs and outputs.
 * @module
 */
import { ENDPOINTS } from "../endpoints/endpoints.ts";
import type { Node, ObjectNode } from "../schema/node.ts";
import { commandName } from "./command.ts";
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
    return [
      ...module.description === "" ? [] : ["", module.description],
      "",
      "Input schema:",
      ...listFields(payload(module)),
      ...result === undefined ? [] : ["", "Output schema:", ...listFields(result)],
      "",
    ].join("\n");
  } catch {
    return "";
  }
}

/** `field: description [default: …]` for each field, those of objects below it. */
export function listFields(node: Node, indent = "  "): string[] {
  const object = objectIn(node);
  if (object === undefined) return [];
  return [...object.fields].flatMap(([name, field]) => {
    const words = [`${name}:`, descriptionOf(field), defaultOf(field)].filter((word) => word !== undefined);
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
