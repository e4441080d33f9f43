/**
 * Validation: one walk over schema and value, which finds every fault there is.
 *
 * Zod's own parser is asked only for what it alone can judge (formats, bounds, refinements, transforms): it strips
 * unknown keys in silence, fills in defaults of results, and its issues do not say in which branch of a union they are.
 * @module
 */
import type { z } from "zod";
import { type ArrayPlace, validateArray, validateShapeDType } from "./validate_array.ts";
import { parsedJson } from "./any_value.ts";
import { suggest } from "../suggest.ts";
import { caughtValue, runChecks, runTransform } from "./author_functions.ts";
import { type Fault, Faults, type FoundFaults, MOST_FAULTS } from "./faults.ts";
import { BadPath, type FilePlaces, resolveInput, resolveOutput } from "./file_paths.ts";
import { validateLeaf } from "./leaf.ts";
import { dotted } from "./messages.ts";
import { NamedSizes } from "./named_sizes.ts";
import { branchName, keyValue } from "./names.ts";
import type {
  DefaultNode,
  LeafNode,
  Node,
  ObjectNode,
  PathNode,
  PipeNode,
  RecordNode,
  TupleNode,
  UnionNode,
} from "./node.ts";
import { validatePathList } from "./path_list.ts";
import { authorView, type LeftOut, SentFile, sentView } from "./validated_values.ts";

/**
 * What is validated:
 * - `input`: a payload; scalars become plain values, defaults are filled in;
 * - `output`: a result; scalars become arrays of shape `[]`, what was left out stays out;
 * - `abstract input`, `abstract output`: the same with `{shape, dtype}` for every array.
 */
export type Mode = "input" | "output" | "abstract input" | "abstract output";

/** The value as the schema has it, or what is wrong with it. */
export interface Validated extends FoundFaults {
  readonly value: unknown;
}

/** What else is known of a call. */
export interface ValidateOptions {
  /** Where its files are; without it no paths of files are looked at. */
  readonly places?: FilePlaces | undefined;
  /** The sizes of names that are known so far; those that the value decides are added. */
  readonly sizes?: NamedSizes | undefined;
}

/** Validates `value`. */
export function validate(node: Node, value: unknown, mode: Mode, options: ValidateOptions = {}): Validated {
  const walk = new Walk(mode, options);
  const result = walk.visit(node, value);
  const { list, omitted } = walk.faults;
  return { value: walk.sendsFiles ? sentView(result) : result, faults: list, omitted };
}

/** The defaults of scalars, which nearly every call leaves out, as they were given and converted. */
const scalarDefaults = new WeakMap<DefaultNode, { readonly given: unknown; readonly value: unknown }>();

/** What is wrong with a default. */
export function validateDefault(node: DefaultNode): readonly Fault[] {
  const walk = new Walk("input", {});
  walk.visit(node, ABSENT);
  return walk.faults.list;
}

/** Stands for a field that was left out. */
const ABSENT = Symbol("absent");

const ANYTHING: Node = { kind: "leaf", type: "any", needsZod: false, hasArrays: false };

/** Has it fields? A `Map` has entries, which are not seen as fields and would be lost in silence. */
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) &&
  !(value instanceof Map) && !(value instanceof Set);

class Walk implements ArrayPlace {
  faults = new Faults();
  sendsFiles = false;
  readonly loc: (string | number)[] = [];
  readonly abstract: boolean;
  readonly output: boolean;
  private readonly places: FilePlaces | undefined;
  readonly sizes: NamedSizes;
  private leftOut: LeftOut | undefined;
  /** The value is a default: its arrays are real ones even in abstract evaluation. */
  inDefault = false;
  /** The value is one that `.default` gives: like Zod, let the author's own checks and transforms be. */
  private unchecked = false;

  constructor(mode: Mode, { places, sizes = new NamedSizes() }: ValidateOptions) {
    this.abstract = mode.startsWith("abstract");
    this.output = mode.endsWith("output");
    this.places = places;
    this.sizes = sizes;
  }

  private fault(type: string, input: unknown, ctx?: Fault["ctx"]): undefined {
    this.faults.add(type, this.loc, { input, ctx });
  }

  /** Takes back what a branch that does not fit has left behind. */
  private undo(faults: number, sizes: NamedSizes): void {
    this.faults.truncate(faults);
    this.sizes.become(sizes);
  }

  /** Visits the part of the value at `key`. */
  private at(key: string | number, node: Node, value: unknown): unknown {
    this.loc.push(key);
    const result = this.visit(node, value);
    this.loc.pop();
    return result;
  }

  visit(node: Node, value: unknown): unknown {
    const before = this.faults.count;
    const result = this.visitParts(node, value);
    if (node.checks === undefined || node.kind === "leaf" || result === ABSENT || this.unchecked) return result;
    return this.faults.count === before ? this.refine(node.checks, result) : undefined;
  }

  private visitParts(node: Node, value: unknown): unknown {
    switch (node.kind) {
      case "optional":
        return value === ABSENT ? ABSENT : this.visit(node.inner, value);
      case "default":
        return value === ABSENT ? this.output ? ABSENT : this.valueOf(node) : this.visit(node.inner, value);
      case "nullable":
        return value === null ? null : this.visit(node.inner, value);
      case "catch":
        return this.catch(node.inner, node.zod!, value);
      case "pipe":
        return this.pipe(node, value);
      case "transform":
        return this.transform(node.zod!, value);
    }
    if (value === ABSENT) return this.fault("missing", undefined);
    switch (node.kind) {
      case "array":
        return this.abstract && !this.inDefault
          ? validateShapeDType(node.type, value, this)
          : validateArray(node.type, value, this);
      case "object":
        return this.object(node, value);
      case "list":
        if (!Array.isArray(value)) return this.fault("list_type", value);
        return value.map((item, i) => this.at(i, node.item, item));
      case "tuple":
        return this.tuple(node, value);
      case "record":
        return this.record(node, value);
      case "union":
        return this.union(node, value);
      case "path":
        return this.path(node, value);
      case "leaf":
        return this.leaf(this.unchecked ? { ...node, needsZod: false } : node, value);
      case "paths":
        return validatePathList(node, value, this.loc, this.faults);
      case "vector":
        if (!isObject(value)) return this.fault("dict_type", value);
        if (Object.hasOwn(value, "__proto__")) this.extra("__proto__", value);
        return value;
    }
  }

  private leaf(node: LeafNode, value: unknown): unknown {
    return validateLeaf(node, value, this.loc, this.faults, this.output);
  }

  /** The place in words: `inputs.a`, `outputs.result`. */
  from(): string {
    return (this.output ? "outputs." : "") + dotted(this.loc);
  }

  private object(node: ObjectNode, value: unknown): unknown {
    if (!isObject(value)) return this.fault("model_attributes_type", value);
    const result: Record<string, unknown> = {};
    for (const [key, field] of node.fields) {
      const given = Object.hasOwn(value, key) && value[key] !== undefined;
      const item = this.at(key, field, given ? value[key] : ABSENT);
      if (item !== ABSENT) result[key] = item;
      else if (this.output && field.kind === "default") this.noteDefault(result, key, field);
    }
    for (const key of Object.keys(value)) {
      if (node.fields.has(key) || value[key] === undefined) continue;
      if (node.extra && key !== "__proto__") result[key] = this.at(key, node.extra, value[key]);
      else this.extra(key, value[key], node.fields);
    }
    return result;
  }

  /** Finds the file: user code gets its absolute path, the caller a relative one. */
  private path({ side }: PathNode, value: unknown): unknown {
    if (typeof value !== "string") return this.fault("string_type", value);
    const { places } = this;
    // Where nothing is computed, nothing was written.
    if (places === undefined || (this.abstract && this.output)) return value;
    try {
      const { absolute, relative } = side === "output"
        ? resolveOutput(value, places)
        : resolveInput(value, places.inputPath, this.output);
      if (!this.output) return absolute;
      this.sendsFiles = true;
      return new SentFile(absolute, relative);
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      return this.faults.add("value_error", this.loc, { input: value, message: error.message });
    }
  }

  private extra(key: string, value: unknown, fields?: ReadonlyMap<string, Node>): void {
    this.loc.push(key);
    // A payload may have any number of such keys, of any length.
    const isCheap = this.faults.count < MOST_FAULTS && key.length <= 64;
    const meant = isCheap && fields ? suggest(key, [...fields.keys()]) : undefined;
    const message = meant ? `This field is not known here; did you mean '${meant}'?` : undefined;
    this.faults.add("extra_forbidden", this.loc, { input: value, message });
    this.loc.pop();
  }

  private noteDefault(result: object, key: string, field: DefaultNode): void {
    this.leftOut ??= new WeakMap();
    const defaults = this.leftOut.get(result) ?? {};
    const sizes = this.sizes.copy();
    defaults[key] = this.valueOf(field);
    this.sizes.become(sizes);
    this.leftOut.set(result, defaults);
  }

  private tuple(node: TupleNode, value: unknown): unknown {
    if (!Array.isArray(value)) return this.fault("tuple_type", value);
    const { items, rest } = node;
    if (value.length > items.length && !rest) {
      return this.fault("too_long", value, {
        field_type: "Tuple",
        max_length: items.length,
        actual_length: value.length,
      });
    }
    const result = items.map((item, i) => this.at(i, item, i < value.length ? value[i] : ABSENT));
    for (let i = items.length; i < value.length; i++) result.push(this.at(i, rest!, value[i]));
    return result.filter((item) => item !== ABSENT);
  }

  private record(node: RecordNode, value: unknown): unknown {
    if (!isObject(value)) return this.fault("dict_type", value);
    const result: Record<string, unknown> = {};
    const { key: keyNode } = node;
    const anyKey = keyNode.kind === "leaf" && keyNode.type === "string" && !keyNode.needsZod;
    // not Object.entries(): it takes as long as all the rest for a million keys
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (item === undefined) continue;
      if (key === "__proto__") {
        this.extra(key, item);
        continue;
      }
      const before = this.faults.count;
      const valid = anyKey ? key : this.at(key, keyNode, keyValue(key, keyNode));
      if (this.faults.count > before && node.loose) {
        this.faults.truncate(before);
        result[key] = this.at(key, ANYTHING, item);
      } else if (this.faults.count === before) {
        result[String(valid)] = this.at(key, node.value, item);
      }
    }
    for (const key of node.required) {
      if (Object.hasOwn(value, key)) continue;
      const item = this.at(key, node.value, ABSENT);
      if (item !== ABSENT) result[key] = item;
    }
    return result;
  }

  private union(node: UnionNode, value: unknown): unknown {
    if (node.discriminator) return this.discriminated(node.discriminator, value);
    const [outside, sizes] = [this.faults, this.sizes.copy()];
    const inOptions = new Faults();
    let fitting = 0;
    let result: unknown;
    const depth = this.loc.length;
    for (const [i, option] of node.options.entries()) {
      const ownFaults = this.faults = new Faults();
      this.loc.push(branchName(option, i));
      const item = this.visit(option, value);
      this.loc.length = depth;
      if (ownFaults.count > 0) {
        inOptions.addAll(ownFaults);
        this.sizes.become(sizes);
      } else if (fitting++ === 0) result = item;
      if (fitting > 0 && !node.exclusive) break;
    }
    this.faults = outside;
    if (fitting === 1 || (fitting > 1 && !node.exclusive)) return result;
    if (fitting === 0) this.faults.addAll(inOptions);
    else {
      const message = "The value fits more than one of the options, of which exactly one may fit";
      this.faults.add("value_error", this.loc, { input: value, message });
    }
    return undefined;
  }

  private discriminated({ field, options }: NonNullable<UnionNode["discriminator"]>, value: unknown): unknown {
    if (!isObject(value)) return this.fault("model_attributes_type", value);
    const tags = [...options.keys()];
    if (!Object.hasOwn(value, field)) {
      return this.fault("union_tag_not_found", value, { discriminator: `'${field}'` });
    }
    const tag = this.output ? value[field] : parsedJson(value[field]);
    const option = options.get(tag);
    if (option) return this.at(String(tag), option, value);
    const expected = tags.map((name) => typeof name === "string" ? `'${name}'` : String(name)).join(", ");
    const shown = typeof tag === "string" ? tag : JSON.stringify(tag);
    return this.fault("union_tag_invalid", value, { discriminator: `'${field}'`, tag: shown, expected_tags: expected });
  }

  /** The default itself: what stands for arrays in it, and all of a `.prefault`, is validated as if it were given. */
  private valueOf(node: DefaultNode): unknown {
    const given = node.value();
    if (!node.parsed && !node.inner.hasArrays) return given;
    const known = this.abstract || this.output ? undefined : scalarDefaults.get(node);
    if (known && known.given === given) return known.value;
    const { inDefault, unchecked } = this;
    this.inDefault = true;
    this.unchecked ||= !node.parsed;
    const before = this.faults.count;
    const value = this.visit(node.inner, given);
    this.inDefault = inDefault;
    this.unchecked = unchecked;
    const isScalar = typeof given !== "object" && typeof value !== "object" && node.inner.kind === "array";
    if (isScalar && !this.output && this.faults.count === before) scalarDefaults.set(node, { given, value });
    return value;
  }

  private catch(inner: Node, zod: z.core.$ZodType, value: unknown): unknown {
    const [before, sizes] = [this.faults.count, this.sizes.copy()];
    const result = this.visit(inner, value);
    if (this.faults.count === before) return result;
    this.undo(before, sizes);
    return caughtValue(zod, value === ABSENT ? undefined : this.output ? value : parsedJson(value));
  }

  private pipe(node: PipeNode, value: unknown): unknown {
    if (this.unchecked) return this.visit(node.out, value);
    const before = this.faults.count;
    const preprocessed = node.in.kind === "transform";
    if (preprocessed && !node.out.hasArrays && !this.output && value !== ABSENT) value = parsedJson(value);
    let result = value === ABSENT && preprocessed ? this.visit(node.in, undefined) : this.visit(node.in, value);
    // The shapes of what a transform makes are not known.
    if (this.faults.count > before || result === ABSENT || (this.abstract && !preprocessed)) return result;
    if (node.transform) result = this.collect(node.transform, result);
    if (this.faults.count > before) return undefined;
    return this.visit(node.out, result === undefined && preprocessed ? ABSENT : result);
  }

  private transform(zod: z.core.$ZodType, value: unknown): unknown {
    if (this.abstract || this.unchecked) return value;
    return this.collect((zod._zod.def as z.core.$ZodTransformDef).transform, value);
  }

  /** The value as the author's functions see it: an input is so already. */
  private viewOf(value: unknown): unknown {
    return this.output || this.abstract ? authorView(value, this.leftOut) : value;
  }

  private collect(transform: (value: unknown, payload: z.core.ParsePayload) => unknown, value: unknown): unknown {
    return runTransform(transform, this.viewOf(value), this.loc, this.faults);
  }

  private refine(checks: readonly z.core.$ZodCheck[], value: unknown): unknown {
    const view = this.viewOf(value);
    const result = runChecks(checks, view, this.loc, this.faults);
    return result === view ? value : result;
  }
}
