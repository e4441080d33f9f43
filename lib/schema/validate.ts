/**
 * Validation: one walk over schema and value, which finds every fault there is.
 *
 * Zod's own parser is used only where nothing else can decide (string formats, bounds, refinements, transforms). For
 * the rest it does not fit: it drops unknown keys silently, fills in defaults of results, and its issues do not say in
 * which branch of a union they are.
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
import type { DefaultNode, Node, ObjectNode, PathNode, PipeNode, RecordNode, TupleNode, UnionNode } from "./node.ts";
import { validatePathList } from "./path_list.ts";
import { authorView, OmittedDefault, SentFile, sentView } from "./validated_values.ts";

/**
 * What is validated:
 * - `input`: a payload; scalars become plain values, defaults are filled in;
 * - `output`: a result; scalars become arrays of shape `[]`, what was left out stays out;
 * - `abstract input`, `abstract output`: the same with `{shape, dtype}` for every array.
 */
export type Mode = "input" | "output" | "abstract input" | "abstract output";

/** The validated value, or what is wrong with it. */
export interface Validated extends FoundFaults {
  readonly value: unknown;
}

/** What else is known about a call. */
interface ValidateOptions {
  /** Where its files are; without it paths of files are not checked. */
  readonly places?: FilePlaces | undefined;
  /** The sizes of named dimensions that are known so far; those found in the value are added. */
  readonly sizes?: NamedSizes | undefined;
}

export function validate(node: Node, value: unknown, mode: Mode, options: ValidateOptions = {}): Validated {
  const walk = new Walk(mode, options);
  const result = walk.visit(node, value);
  const { list, omitted } = walk.faults;
  return { value: walk.hasWrappers ? sentView(result) : result, faults: list, omitted };
}

/**
 * A cache of converted scalar defaults: converting one again in each call takes a tenth of the time of a small call.
 */
const scalarDefaults = new WeakMap<DefaultNode, { readonly given: unknown; readonly value: unknown }>();

/** Takes the place of a value if the field or item is not there. */
const NOT_GIVEN = Symbol("not given");

const ANYTHING: Node = { kind: "leaf", type: "any", needsZod: false, hasArrays: false };

/** Is it an object with fields? A `Map` is refused: its entries are not fields, and would be lost silently. */
const hasFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value) &&
  !(value instanceof Map) && !(value instanceof Set);

class Walk implements ArrayPlace {
  faults = new Faults();
  /** Does the result have parts that `sentView` has to replace? */
  hasWrappers = false;
  readonly loc: (string | number)[] = [];
  readonly abstract: boolean;
  readonly output: boolean;
  private readonly places: FilePlaces | undefined;
  readonly sizes: NamedSizes;
  /**
   * Where the value being visited comes from: the caller, or a default in the schema, whose arrays are real ones even
   * in abstract evaluation. As in Zod, the value of `.default` does not go through the author's checks and transforms;
   * that of `.prefault` does.
   */
  private origin: "caller" | "default" | "prefault" = "caller";

  constructor(mode: Mode, { places, sizes = new NamedSizes() }: ValidateOptions) {
    this.abstract = mode.startsWith("abstract");
    this.output = mode.endsWith("output");
    this.places = places;
    this.sizes = sizes;
  }

  private fault(type: string, input: unknown, ctx?: Fault["ctx"]): undefined {
    this.faults.add(type, this.loc, { input, ctx });
  }

  get isDefault(): boolean {
    return this.origin !== "caller";
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
    if (node.checks === undefined || node.kind === "leaf" || result === NOT_GIVEN || this.origin === "default") {
      return result;
    }
    return this.faults.count === before ? this.refine(node.checks, result) : undefined;
  }

  private visitParts(node: Node, value: unknown): unknown {
    switch (node.kind) {
      case "optional":
        return value === NOT_GIVEN ? NOT_GIVEN : this.visit(node.inner, value);
      case "default":
        if (value !== NOT_GIVEN) return this.visit(node.inner, value);
        return this.output ? NOT_GIVEN : this.defaultOf(node);
      case "nullable":
        return value === null ? null : this.visit(node.inner, value);
      case "catch":
        return this.catch(node.inner, node.zod!, value);
      case "pipe":
        return this.pipe(node, value);
      case "transform":
        return this.transform(node.zod!, value);
    }
    if (value === NOT_GIVEN) return this.fault("missing", undefined);
    switch (node.kind) {
      case "array":
        return this.abstract && !this.isDefault
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
      case "leaf": {
        const leaf = this.origin === "default" ? { ...node, needsZod: false } : node;
        return validateLeaf(leaf, value, this.loc, this.faults, this.output);
      }
      case "paths":
        return validatePathList(node, value, this.loc, this.faults);
      case "vector":
        if (!hasFields(value)) return this.fault("dict_type", value);
        if (Object.hasOwn(value, "__proto__")) this.extra("__proto__", value);
        return value;
    }
  }

  /** The place in words: `inputs.a`, `outputs.result`. */
  from(): string {
    return (this.output ? "outputs." : "") + dotted(this.loc);
  }

  private object(node: ObjectNode, value: unknown): unknown {
    if (!hasFields(value)) return this.fault("model_attributes_type", value);
    const result: Record<string, unknown> = {};
    for (const [key, field] of node.fields) {
      const given = Object.hasOwn(value, key) && value[key] !== undefined;
      const item = this.at(key, field, given ? value[key] : NOT_GIVEN);
      if (item !== NOT_GIVEN) result[key] = item;
      else if (this.output && field.kind === "default") result[key] = this.omittedDefault(field);
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
    // Abstract evaluation computes nothing, so it writes no files.
    if (places === undefined || (this.abstract && this.output)) return value;
    try {
      const { absolute, relative } = side === "output"
        ? resolveOutput(value, places)
        : resolveInput(value, places.inputPath, this.output);
      if (!this.output) return absolute;
      this.hasWrappers = true;
      return new SentFile(absolute, relative);
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      return this.faults.add("value_error", this.loc, { input: value, message: error.message });
    }
  }

  private extra(key: string, value: unknown, fields?: ReadonlyMap<string, Node>): void {
    this.loc.push(key);
    // No suggestion for every key: a payload may have a million unknown ones, of any length.
    const isCheap = this.faults.count < MOST_FAULTS && key.length <= 64;
    const meant = isCheap && fields ? suggest(key, [...fields.keys()]) : undefined;
    const message = meant ? `This field is not known here; did you mean '${meant}'?` : undefined;
    this.faults.add("extra_forbidden", this.loc, { input: value, message });
    this.loc.pop();
  }

  /** Refinements of a result see the defaults of what was left out, callers do not. */
  private omittedDefault(field: DefaultNode): OmittedDefault {
    this.hasWrappers = true;
    const { bound } = this.sizes;
    const value = this.defaultOf(field);
    this.sizes.bound = bound;
    return new OmittedDefault(value);
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
    const result = items.map((item, i) => this.at(i, item, i < value.length ? value[i] : NOT_GIVEN));
    for (let i = items.length; i < value.length; i++) result.push(this.at(i, rest!, value[i]));
    return result.filter((item) => item !== NOT_GIVEN);
  }

  private record(node: RecordNode, value: unknown): unknown {
    if (!hasFields(value)) return this.fault("dict_type", value);
    const result: Record<string, unknown> = {};
    const { key: keyNode } = node;
    const anyKey = keyNode.kind === "leaf" && keyNode.type === "string" && !keyNode.needsZod;
    // Not Object.entries(): with a million keys it takes as long as everything else here.
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
      const item = this.at(key, node.value, NOT_GIVEN);
      if (item !== NOT_GIVEN) result[key] = item;
    }
    return result;
  }

  private union(node: UnionNode, value: unknown): unknown {
    if (node.discriminator) return this.discriminated(node.discriminator, value);
    const [outside, bound] = [this.faults, this.sizes.bound];
    const inOptions = new Faults();
    let fitting = 0;
    let result: unknown;
    for (const [i, option] of node.options.entries()) {
      const ownFaults = this.faults = new Faults();
      const item = this.at(branchName(option, i), option, value);
      if (ownFaults.count > 0) {
        inOptions.addAll(ownFaults);
        this.sizes.bound = bound;
      } else if (fitting++ === 0) result = item;
      if (fitting > 0 && !node.exclusive) break;
    }
    this.faults = outside;
    if (fitting === 1) return result;
    if (fitting === 0) this.faults.addAll(inOptions);
    else {
      const message = "The value fits more than one of the options, of which exactly one may fit";
      this.faults.add("value_error", this.loc, { input: value, message });
    }
    return undefined;
  }

  private discriminated({ field, options }: NonNullable<UnionNode["discriminator"]>, value: unknown): unknown {
    if (!hasFields(value)) return this.fault("model_attributes_type", value);
    if (!Object.hasOwn(value, field)) {
      return this.fault("union_tag_not_found", value, { discriminator: `'${field}'` });
    }
    const tag = this.output ? value[field] : parsedJson(value[field]);
    const option = options.get(tag);
    if (option) return this.at(String(tag), option, value);
    const expected = [...options.keys()].map((name) => typeof name === "string" ? `'${name}'` : String(name)).join(
      ", ",
    );
    const shown = typeof tag === "string" ? tag : JSON.stringify(tag);
    return this.fault("union_tag_invalid", value, { discriminator: `'${field}'`, tag: shown, expected_tags: expected });
  }

  /**
   * The default of a node. A default with arrays, which have to be converted, and every `.prefault` is validated as if
   * it were given; any other is used as it is.
   */
  private defaultOf(node: DefaultNode): unknown {
    const given = node.value();
    if (!node.parsed && !node.inner.hasArrays) return given;
    const isScalar = typeof given !== "object" && node.inner.kind === "array" && !this.output && !this.abstract;
    const known = isScalar ? scalarDefaults.get(node) : undefined;
    if (known && known.given === given) return known.value;
    const { origin, faults: { count } } = this;
    this.origin = origin === "default" || !node.parsed ? "default" : "prefault";
    const value = this.visit(node.inner, given);
    this.origin = origin;
    if (isScalar && this.faults.count === count) scalarDefaults.set(node, { given, value });
    return value;
  }

  private catch(inner: Node, zod: z.core.$ZodType, value: unknown): unknown {
    const [before, bound] = [this.faults.count, this.sizes.bound];
    const result = this.visit(inner, value);
    if (this.faults.count === before) return result;
    this.faults.truncate(before);
    this.sizes.bound = bound;
    const input = value === NOT_GIVEN ? undefined : this.output ? value : parsedJson(value);
    return this.ofAuthor(caughtValue(zod, input));
  }

  private pipe(node: PipeNode, value: unknown): unknown {
    if (this.origin === "default") return this.visit(node.out, value);
    const before = this.faults.count;
    const preprocessed = node.in.kind === "transform";
    if (preprocessed && !this.output && value !== NOT_GIVEN) {
      // Refuses keys `__proto__`: with one, the author's function could set a prototype.
      const plain = this.visit(ANYTHING, value);
      if (this.faults.count > before) return undefined;
      if (!node.out.hasArrays) value = plain;
    }
    let result = this.visit(node.in, value === NOT_GIVEN && preprocessed ? undefined : value);
    // Abstract evaluation stops before a transform: the shapes of what it returns are not known.
    if (this.faults.count > before || result === NOT_GIVEN || (this.abstract && !preprocessed)) return result;
    if (node.transform) result = this.collect(node.transform, result);
    if (this.faults.count > before) return undefined;
    result = this.visit(node.out, result === undefined && preprocessed ? NOT_GIVEN : result);
    return node.out.kind === "transform" ? this.ofAuthor(result) : result;
  }

  private transform(zod: z.core.$ZodType, value: unknown): unknown {
    if (this.abstract || this.origin === "default") return value;
    return this.collect((zod._zod.def as z.core.$ZodTransformDef).transform, value);
  }

  /** A value that a function of the author returned. No schema describes it: in a result, check that it can be sent. */
  private ofAuthor(value: unknown): unknown {
    return this.output ? this.visit(ANYTHING, value) : value;
  }

  /** The value as the author's functions see it; that of an input needs no conversion. */
  private viewOf(value: unknown): unknown {
    return this.output || this.abstract ? authorView(value) : value;
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
