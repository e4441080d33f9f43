/**
 * Refuses code that changes what `apply` itself and all copies of a module share: global objects, and what packages
 * export. What a call left there would be a constant for the next, whatever it was computed from.
 * @module
 */
import { child, nameOf, type Node, nodes, rootOf, targetsOf, walk } from "./nodes.ts";
import { Refused } from "./refused.ts";
import type { Binding, Scopes } from "./scopes.ts";

/** Globals that may be changed: they hold text, or how errors look. */
const HARMLESS = /^(?:globalThis\.)?(?:process\.env\b|Error\.stackTraceLimit$)/;

export function refuseSharedWrites(program: Node, scopes: Scopes, source: string): void {
  const foreign = new Set<Binding | undefined>();
  for (const node of nodes(program, "body")) {
    if (node.type !== "ImportDeclaration" || /^(?:\.{0,2}\/|file:)/.test(String(child(node, "source")["value"]))) {
      continue;
    }
    for (const part of nodes(node, "specifiers")) foreign.add(scopes.of(child(part, "local")));
  }

  const check = (target: Node): void => {
    const root = rootOf(target), name = nameOf(root), binding = scopes.of(root);
    if (target === root && binding !== undefined) return;
    if (name === undefined || name === "arguments" || HARMLESS.test(source.slice(target.start, target.end))) return;
    if (binding === undefined) throw refused("a global object", target);
    if (foreign.has(binding)) throw refused("what another package gives", target);
  };

  walk(program, (node) => targetsOf(node).forEach(check));
}

const refused = (what: string, { start }: Node) =>
  new Refused(
    `${what} is changed here, where derivatives cannot follow what is kept; keep it in a variable of the module`,
    start,
  );
