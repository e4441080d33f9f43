/**
 * Assignments.
 * @module
 */
import { Unsupported } from "./emitter.ts";
import { child, type Node } from "./nodes.ts";
import { OPERATIONS } from "./operators.ts";
import { check, sourceOf } from "./patterns.ts";
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
  if (["&&", "||", "??"].includes(op)) return logicalAssignment(rewriter, left, right, op);
  const change = (old: Marked) => operate(rewriter, op, old, right);
  if (left.type === "Identifier") {
    if (rewriter.passive.is(left) && rewriter.passive.is(right)) return rewriter.copy(node);
    return `${rewriter.make(left)} = ${change(rewriter.make(left))}`;
  }
  return changeMember(rewriter, left, change);
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
  return keepsItself(object) ? made : rewriter.op("changed", made);
}

const keepsItself = ({ type }: Node): boolean => type === "ThisExpression" || type === "Super";

function setMember(rewriter: Rewriter, target: Node, make: () => Marked): Marked {
  const object = child(target, "object"), key = child(target, "property");
  if (target["computed"] === false) {
    return `${changed(rewriter, object)}.${rewriter.source.slice(key.start, key.end)} = ${make()}`;
  }
  if (object.type === "Super") return `super[${rewriter.op("key", rewriter.make(key))}] = ${make()}`;
  return rewriter.op("set", rewriter.make(object), rewriter.make(key), make());
}

/** `target = change(target)`, in which the target's object and key are computed once. */
function changeMember(rewriter: Rewriter, target: Node, change: (old: Marked) => Marked): Marked {
  const object = child(target, "object"), key = child(target, "property");
  const name = rewriter.source.slice(key.start, key.end);
  if (target["computed"] === false) {
    if (isSimple(object)) {
      return `${changed(rewriter, object)}.${name} = ${change(`${rewriter.make(object)}.${name}`)}`;
    }
    return rewriter.once(changed(rewriter, object), (o) => `${o}.${name} = ${change(`${o}.${name}`)}`);
  }
  if (object.type === "Super") {
    return rewriter.once(rewriter.op("key", rewriter.make(key)), (k) => `super[${k}] = ${change(`super[${k}]`)}`);
  }
  if (isSimple(object) && isSimple(key)) {
    const [o, k] = [rewriter.make(object), rewriter.make(key)];
    return rewriter.op("set", o, k, change(rewriter.op("get", o, k)));
  }
  if (!rewriter.hasTemporaries) {
    return rewriter.op("update", rewriter.make(object), rewriter.make(key), `(${OLD}) => ${change(OLD)}`);
  }
  return rewriter.once(
    rewriter.make(object),
    (o) => rewriter.once(rewriter.make(key), (k) => rewriter.op("set", o, k, change(rewriter.op("get", o, k)))),
  );
}

const OLD = "$old";

function logicalAssignment(rewriter: Rewriter, left: Node, right: Node, op: string): Marked {
  const choose = (old: Marked, assign: () => Marked): Marked => {
    if (op === "??") return `(${old} ?? (${assign()}))`;
    return rewriter.whenUsed(
      old,
      (first, name) =>
        op === "&&"
          ? `${rewriter.op("t", first)} ? (${assign()}) : ${name}`
          : `${rewriter.op("t", first)} ? ${name} : (${assign()})`,
    );
  };
  if (left.type === "Identifier") {
    const name = rewriter.make(left);
    return choose(name, () => `${name} = ${rewriter.make(right)}`);
  }
  const object = child(left, "object"), key = child(left, "property");
  const withObject = (o: Marked) => {
    if (left["computed"] === false) {
      const name = `${o}.${rewriter.source.slice(key.start, key.end)}`;
      return choose(name, () => `${name} = ${rewriter.make(right)}`);
    }
    return rewriter.once(
      rewriter.make(key),
      (k) => choose(rewriter.op("get", o, k), () => rewriter.op("set", o, k, rewriter.make(right))),
    );
  };
  return keepsItself(object) ? withObject(rewriter.make(object)) : rewriter.once(changed(rewriter, object), withObject);
}

/** `x++` and the like; `used`: is its value used? */
export function update(rewriter: Rewriter, node: Node, used: boolean): Marked {
  if (child(node, "argument").type === "Identifier" && rewriter.isSplit(child(node, "argument"))) {
    throw new Unsupported();
  }
  const target = child(node, "argument"), step = node["operator"] === "++" ? "inc" : "dec";
  const after = (old: Marked) => rewriter.op(step, old);
  const numeric = (old: Marked) => rewriter.op("numericOf", old);
  if (rewriter.passive.is(target)) return rewriter.copy(node);
  const before = node["prefix"] === true || !used;
  if (target.type === "Identifier") {
    const name = rewriter.make(target);
    if (before) return used ? `(${name} = ${after(name)})` : `${name} = ${after(name)}`;
    return rewriter.once(numeric(name), (old) => `(${name} = ${after(old)}, ${old})`);
  }
  if (before) return used ? `(${changeMember(rewriter, target, after)})` : changeMember(rewriter, target, after);
  const object = child(target, "object"), key = child(target, "property");
  if (target["computed"] === true) {
    const { ad } = rewriter;
    return rewriter.op("postfix", rewriter.make(object), rewriter.make(key), `${ad}.numericOf`, `${ad}.${step}`);
  }
  const withObject = (o: Marked) => {
    const member = `${o}.${rewriter.source.slice(key.start, key.end)}`;
    return rewriter.once(numeric(member), (old) => `(${member} = ${after(old)}, ${old})`);
  };
  return keepsItself(object) ? withObject(rewriter.make(object)) : rewriter.once(changed(rewriter, object), withObject);
}
