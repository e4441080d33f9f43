/**
 * Assignments.
 * @module
 */
import { Unsupported } from "./emitter.ts";
import { child, type Node } from "./nodes.ts";
import { OPERATIONS } from "./operators.ts";
import { check, sourceOf } from "./patterns.ts";
import { isSplit } from "./profile.ts";
import type { Rewriter } from "./rewriter.ts";
import type { Marked } from "./text.ts";

/** May an expression be evaluated twice? Its evaluation has no effect, and nothing can change it in between. */
const isSimple = (node: Node): boolean =>
  node.type === "Identifier" || node.type === "ThisExpression" || node.type === "Super" ||
  (node.type === "Literal" && node["regex"] === undefined);

export function assignment(rewriter: Rewriter, node: Node): Marked {
  const [left, right, operator] = [child(node, "left"), child(node, "right"), node["operator"] as string];
  if (left.type === "Identifier" && !rewriter.mayAssign(left, operator === "=" ? right : node)) throw new Unsupported();
  if (operator === "=") {
    if (left.type === "Identifier") return `${rewriter.make(left)} = ${rewriter.make(right)}`;
    if (left.type === "MemberExpression") return setMember(rewriter, left, () => rewriter.make(right));
    check(left);
    return `(${rewriter.make(left)} = ${sourceOf(rewriter, left, rewriter.make(right))})`;
  }
  const op = operator.slice(0, -1);
  if (["&&", "||", "??"].includes(op)) {
    return placed(rewriter, left, (old, assign) => chosen(rewriter, op, old, () => assign(rewriter.make(right))));
  }
  if (left.type === "Identifier" && rewriter.passive.is(left) && rewriter.passive.is(right)) return rewriter.copy(node);
  return placed(rewriter, left, (old, assign) => assign(operate(rewriter, op, old, right)));
}

/** `old op right` */
function operate(rewriter: Rewriter, op: string, old: Marked, right: Node): Marked {
  const operation = OPERATIONS[op];
  const made = rewriter.make(right);
  return operation === undefined
    ? `${rewriter.op("v", old)} ${op} ${rewriter.op("v", made)}`
    : rewriter.op(operation, old, made);
}

/** An object of which a property is assigned to. It is checked when the code runs: all code may share it. */
export function changed(rewriter: Rewriter, object: Node): Marked {
  const made = rewriter.operand(object);
  return ["ThisExpression", "Super"].includes(object.type) ? made : rewriter.op("changed", made);
}

function setMember(rewriter: Rewriter, target: Node, make: () => Marked): Marked {
  const object = child(target, "object"), key = child(target, "property");
  if (target["computed"] === false || object.type === "Super") {
    return `${rewriter.member(changed(rewriter, object), target)} = ${make()}`;
  }
  return rewriter.op("set", rewriter.make(object), rewriter.make(key), make());
}

/**
 * What `use` makes of the text that reads a variable or member, and of what assigns a value to it. Its object and key are
 * computed once.
 */
function placed(
  rewriter: Rewriter,
  target: Node,
  use: (old: Marked, assign: (value: Marked) => Marked) => Marked,
): Marked {
  const at = (place: Marked, to = place) => use(place, (value) => `${to} = ${value}`);
  if (target.type === "Identifier") return at(rewriter.make(target));
  const object = child(target, "object"), key = child(target, "property");
  if (target["computed"] === false) {
    const name = rewriter.text(key);
    return isSimple(object)
      ? at(`${rewriter.make(object)}.${name}`, `${changed(rewriter, object)}.${name}`)
      : rewriter.once(changed(rewriter, object), (o) => at(`${o}.${name}`));
  }
  if (object.type === "Super") {
    return rewriter.once(rewriter.op("key", rewriter.make(key)), (k) => at(`super[${k}]`));
  }
  const element = (o: Marked, k: Marked) => use(rewriter.op("get", o, k), (value) => rewriter.op("set", o, k, value));
  if (isSimple(object) && isSimple(key)) return element(rewriter.make(object), rewriter.make(key));
  return rewriter.once(rewriter.make(object), (o) => rewriter.once(rewriter.make(key), (k) => element(o, k)));
}

/** `old ?? assign()`, `old && assign()`, `old || assign()` */
function chosen(rewriter: Rewriter, op: string, old: Marked, assign: () => Marked): Marked {
  if (op === "??") return `(${old} ?? (${assign()}))`;
  return rewriter.whenUsed(
    old,
    (first, name) =>
      op === "&&"
        ? `${rewriter.op("t", first)} ? (${assign()}) : ${name}`
        : `${rewriter.op("t", first)} ? ${name} : (${assign()})`,
  );
}

/** `x++` and the like; `used`: is its value used? */
export function update(rewriter: Rewriter, node: Node, used: boolean): Marked {
  const target = child(node, "argument"), step = node["operator"] === "++" ? "inc" : "dec";
  if (target.type === "Identifier" && isSplit(rewriter.kindOf(target))) throw new Unsupported();
  if (rewriter.passive.is(target)) return rewriter.copy(node);
  return placed(rewriter, target, (old, assign) => {
    if (!used) return assign(rewriter.op(step, old));
    if (node["prefix"] === true) return `(${assign(rewriter.op(step, old))})`;
    return rewriter.once(
      rewriter.op("numericOf", old),
      (before) => `(${assign(rewriter.op(step, before))}, ${before})`,
    );
  });
}
