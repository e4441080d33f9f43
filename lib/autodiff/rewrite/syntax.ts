/**
 * The table of all syntax (ESTree, as acorn gives it): what becomes of each part in the differentiated copy. What is not
 * in it is refused, with its place.
 * @module
 */
import { assignment, update } from "./assignments.ts";
import { call, chain, construct, member, taggedTemplate } from "./calls.ts";
import type { Node } from "./nodes.ts";
import { binary, conditional, logical, spread, template, unary } from "./operators.ts";
import { arrayPattern, objectPattern } from "./patterns.ts";
import { throwStatement } from "./printed.ts";
import type { Rewriter } from "./rewriter.ts";
import {
  classBody,
  classOf,
  declaration,
  declarator,
  expressionStatement,
  importDeclaration,
  loop,
  object,
  property,
  switchStatement,
} from "./statements.ts";
import type { Marked } from "./text.ts";

/** What a node of a type becomes. */
export type Handler = (rewriter: Rewriter, node: Node) => Marked;

/** The node keeps its own words and signs; the nodes in it are rewritten. */
const stays: Handler = (rewriter, node) => rewriter.copy(node);
const unchanged: Handler = (rewriter, node) => rewriter.text(node);

export const SYNTAX: Readonly<Record<string, Handler | undefined>> = {
  Program: stays,

  // Statements.
  BlockStatement: stays,
  BreakStatement: stays,
  CatchClause: stays,
  ContinueStatement: stays,
  DebuggerStatement: stays,
  DoWhileStatement: loop,
  EmptyStatement: stays,
  ExpressionStatement: expressionStatement,
  ForInStatement: loop,
  ForOfStatement: loop,
  ForStatement: loop,
  FunctionDeclaration: (rewriter, node) => rewriter.function(node),
  IfStatement: loop,
  LabeledStatement: stays,
  ReturnStatement: stays,
  SwitchCase: stays,
  SwitchStatement: switchStatement,
  ThrowStatement: throwStatement,
  TryStatement: stays,
  VariableDeclaration: declaration,
  VariableDeclarator: declarator,
  WhileStatement: loop,

  // Modules.
  ExportAllDeclaration: unchanged,
  ExportDefaultDeclaration: stays,
  ExportNamedDeclaration: (rewriter, node) => node["declaration"] ? rewriter.copy(node) : rewriter.text(node),
  ImportDeclaration: importDeclaration,
  ImportExpression: stays,
  MetaProperty: unchanged,

  // Values.
  ArrayExpression: stays,
  ArrowFunctionExpression: (rewriter, node) => rewriter.function(node),
  FunctionExpression: (rewriter, node) => rewriter.function(node),
  Identifier: (rewriter, node) => rewriter.identifier(node),
  Literal: unchanged,
  ObjectExpression: object,
  PrivateIdentifier: unchanged,
  Property: property,
  SpreadElement: spread,
  Super: stays,
  TaggedTemplateExpression: taggedTemplate,
  TemplateElement: stays,
  TemplateLiteral: template,
  ThisExpression: stays,

  // Classes.
  ClassBody: classBody,
  ClassDeclaration: classOf,
  ClassExpression: classOf,
  MethodDefinition: property,
  PropertyDefinition: property,
  StaticBlock: (rewriter, node) => rewriter.withoutTemporaries(() => rewriter.copy(node)),

  // Operators.
  AssignmentExpression: (rewriter, node) => assignment(rewriter, node),
  AwaitExpression: stays,
  BinaryExpression: binary,
  CallExpression: call,
  ChainExpression: chain,
  ConditionalExpression: conditional,
  LogicalExpression: logical,
  MemberExpression: member,
  NewExpression: construct,
  SequenceExpression: (rewriter, node) => `(${rewriter.copy(node)})`,
  UnaryExpression: unary,
  UpdateExpression: (rewriter, node) => update(rewriter, node, true),
  YieldExpression: (rewriter, node) => `(${rewriter.copy(node)})`,

  // Patterns.
  ArrayPattern: arrayPattern,
  AssignmentPattern: stays,
  ObjectPattern: objectPattern,
  RestElement: stays,
};
