/**
 * The model of the form: a tree of fields made of a schema and a value, and the payload that it stands for. No DOM here.
 *
 * The kinds of fields: `fixed`, `choice`, `switch`, `number`, `text`, `array`, `json`; and those with fields in them:
 * `optional`, `union`, `group`, `entries` (a record), `list`, `tuple`.
 * @module
 */
import { arrayType, isArraySchema, isEncoded, parseElement, sampleArray } from "./arrays.js";
import { jsonText, parseJson } from "./json.js";

/** Makes fields from the schemas of an OpenAPI document. */
export class Fields {
  #document;

  constructor(document) {
    this.#document = document;
  }

  /** A schema with its reference replaced by what it refers to; what stands beside the reference counts more. */
  resolve(schema) {
    let resolved = typeof schema === "object" && schema !== null ? schema : {}; // `true` takes everything
    while (resolved.$ref !== undefined) {
      const { $ref, ...others } = resolved;
      const target = $ref.slice(2).split("/").reduce((node, key) => node?.[unescapePointer(key)], this.#document) ?? {};
      resolved = { ...target, ...others };
    }
    return resolved;
  }

  /** The field of a schema that shows a value; without one a value is made up. */
  make(given, value = this.sample(given)) {
    const schema = this.resolve(given);
    const common = { description: schema.description ?? "", schema };
    if (isArraySchema(schema)) return { ...common, ...arrayField(arrayType(schema), value) };
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return { ...common, ...this.#choiceOf(choices, schema, value) };
    if ("const" in schema) return { ...common, kind: "fixed", value: schema.const };
    if (schema.enum) return { ...common, kind: "choice", options: schema.enum, value };
    if (Array.isArray(schema.type)) {
      const { type: types, ...others } = schema;
      return { ...common, ...this.#choiceOf(types.map((type) => ({ ...others, type })), schema, value) };
    }
    switch (schema.type) {
      case "boolean":
        return { ...common, kind: "switch", value: value === true };
      case "integer":
      case "number":
        return { ...common, kind: "number", text: String(value), ...bounds(schema) };
      case "string":
        return { ...common, kind: "text", value: String(value) };
      case "object":
        return { ...common, ...this.#objectOf(schema, isObject(value) ? value : {}) };
      case "array":
        return { ...common, ...this.#listOf(schema, Array.isArray(value) ? value : []) };
      default:
        return { ...common, kind: "json", text: jsonText(value, 2) };
    }
  }

  #choiceOf(choices, { discriminator }, value) {
    const options = choices.map((choice) => this.resolve(choice));
    const some = options.filter(({ type, const: fixed }) => type !== "null" && fixed !== null);
    const isNullable = some.length < options.length;
    const make = () => {
      if (some.length === 1) return this.make(some[0], value ?? undefined);
      const fitting = some.findIndex((option) => this.#fits(option, value));
      const chosen = fitting >= 0 ? fitting : Math.max(0, some.findIndex((option) => this.#isTagged(option, value)));
      return {
        kind: "union",
        labels: some.map((option, i) => this.#labelOf(option, discriminator?.propertyName, i)),
        // the others keep what was put into them when another is chosen
        options: some.map((option, i) => this.make(option, i === chosen ? value ?? undefined : undefined)),
        chosen,
        description: "",
      };
    };
    return isNullable ? { kind: "optional", isOn: value !== null, off: "null", inner: make() } : make();
  }

  #labelOf(option, tag, position) {
    // without a discriminator in the schema, a field that can only have one value tells the options apart as well
    const properties = Object.values(option.properties ?? {}).map((property) => this.resolve(property));
    const literal = tag ? this.resolve(option.properties?.[tag]) : properties.find((one) => "const" in one);
    if (literal && !isArraySchema(option)) return String(literal.const ?? literal.enum?.join(" | "));
    if ("const" in option) return jsonText(option.const);
    return (isArraySchema(option) ? "array" : option.title ?? option.type) ?? `option ${position + 1}`;
  }

  /** Has the value the same constant field as this option of a union, `kind: "circle"`? */
  #isTagged({ properties = {} }, value) {
    return isObject(value) &&
      Object.entries(properties).some(([key, given]) => {
        const property = this.resolve(given);
        return "const" in property && property.const === value[key];
      });
  }

  /** Could this value be meant for this schema? Only as far as telling the options of a union from each other takes. */
  #fits(given, value) {
    const schema = this.resolve(given);
    if (isArraySchema(schema)) {
      const { shape, dtype } = arrayType(schema);
      if (isEncoded(value)) return true;
      if (shape?.length !== 0) return Array.isArray(value);
      return dtype === "bool" ? typeof value === "boolean" : typeof value === "number" || typeof value === "bigint";
    }
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return choices.some((choice) => this.#fits(choice, value));
    if ("const" in schema) return schema.const === value;
    if (schema.enum) return schema.enum.includes(value);
    switch (schema.type) {
      case "boolean":
        return typeof value === "boolean";
      case "string":
        return typeof value === "string";
      case "integer":
        return typeof value === "bigint" || Number.isInteger(value);
      case "number":
        return typeof value === "bigint" || typeof value === "number";
      case "array":
        return Array.isArray(value) && (!schema.prefixItems || schema.prefixItems.length <= value.length) &&
          value.every((item, i) => {
            const of = schema.prefixItems?.[i] ?? schema.items;
            return of === undefined || of === true || this.#fits(of, item);
          });
      case "object":
        return isObject(value) && (schema.required ?? []).every((key) => Object.hasOwn(value, key)) &&
          Object.entries(value).every(([key, item]) => {
            const of = schema.properties?.[key] ?? schema.additionalProperties;
            return of === undefined || of === true || of !== false && this.#fits(of, item);
          });
      case "null":
        return value === null;
      default:
        return true;
    }
  }

  #objectOf(schema, value) {
    const { properties = {}, required = [], additionalProperties: extra } = schema;
    const known = Object.entries(properties).map(([key, given]) => {
      const present = Object.hasOwn(value, key) ? value[key] : undefined;
      const property = this.resolve(given);
      if (required.includes(key) || present === undefined && "default" in property) {
        return [key, this.make(given, present ?? (present === null ? null : property.default))];
      }
      const inner = this.make(given, present);
      if (present !== undefined && "default" in property) return [key, inner];
      // what can be `null` is off already, and needs no second switch
      if (inner.kind === "optional") {
        return [key, present === undefined ? { ...inner, isOn: false, off: "absent" } : inner];
      }
      return [key, {
        kind: "optional",
        isOn: present !== undefined,
        off: "absent",
        inner: { ...inner, description: "" },
        description: inner.description,
        schema: property,
      }];
    });
    const others = Object.entries(value).filter(([key]) => !Object.hasOwn(properties, key));
    if (known.length === 0 && extra === undefined) return { kind: "json", text: jsonText(value, 2) };
    if (known.length === 0 && extra !== false) {
      const entries = others.map(([key, item]) => ({ key, field: this.make(extra, item) }));
      return {
        kind: "entries",
        entries,
        isFixed: schema.propertyNames?.enum !== undefined,
        make: () => this.make(extra, copied(entries.at(-1)?.field)),
      };
    }
    return { kind: "group", fields: Object.fromEntries(known), others: Object.fromEntries(others) };
  }

  #listOf({ prefixItems, items, minItems = 0, maxItems = Infinity }, value) {
    if (prefixItems) {
      const fields = prefixItems.map((item, i) => this.make(item, value[i]));
      const rest = value.slice(fields.length).map((item) => this.make(items ?? {}, item));
      return { kind: "tuple", items: [...fields, ...rest] };
    }
    if (items === undefined) return { kind: "json", text: jsonText(value, 2) };
    const fields = value.map((item) => this.make(items, item));
    return { kind: "list", items: fields, minItems, maxItems, make: () => this.make(items, copied(fields.at(-1))) };
  }

  /** A value that fits a schema, made up. Patterns are not looked at. */
  sample(given) {
    const schema = this.resolve(given);
    if ("default" in schema) return schema.default;
    if (isArraySchema(schema)) return sampleArray(arrayType(schema));
    if (schema.examples?.length) return schema.examples[0];
    if ("const" in schema) return schema.const;
    if (schema.enum) return schema.enum[0];
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return this.sample(choices[0]);
    switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
      case "boolean":
        return false;
      case "integer":
      case "number":
        return sampleNumber(schema);
      case "string":
        return "example".padEnd(schema.minLength ?? 0, ".").slice(0, schema.maxLength);
      case "array": {
        const { prefixItems, items, minItems = 0 } = schema;
        return prefixItems?.map((item) => this.sample(item)) ??
          Array.from({ length: minItems }, () => this.sample(items));
      }
      case "object": {
        const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
        const keys = [...new Set([...required, ...(additionalProperties ? propertyNames?.enum ?? [] : [])])];
        return Object.fromEntries(keys.map((key) => [key, this.sample(properties[key] ?? additionalProperties)]));
      }
      default:
        return null;
    }
  }
}

/** What a field stands for in the payload; `undefined`: it is left out. */
export function payloadOf(field) {
  switch (field.kind) {
    case "optional":
      if (field.isOn) return payloadOf(field.inner);
      return field.off === "null" ? null : undefined;
    case "union":
      return payloadOf(field.options[field.chosen]);
    case "group": {
      const entries = Object.entries(field.fields).map(([key, item]) => [key, payloadOf(item)]);
      return { ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)), ...field.others };
    }
    case "entries":
      return Object.fromEntries(field.entries.map(({ key, field }) => [key, payloadOf(field)]));
    case "list":
    case "tuple":
      return field.items.map(payloadOf);
    case "number":
      return parseElement(field.text);
    case "json":
      try {
        return parseJson(field.text);
      } catch {
        return field.text;
      }
    default:
      return field.value;
  }
}

/** What a new item begins with: what the last one has. */
const copied = (field) => field === undefined ? undefined : structuredClone(payloadOf(field));

/** A scalar is a field for one element, any other array one for lists or an encoded array. */
function arrayField(type, value) {
  if (type.shape?.length !== 0 || isEncoded(value)) return { kind: "array", type, value };
  if (type.dtype === "bool") return { kind: "switch", type, value: value === true };
  return { kind: "number", type, text: String(value), isInteger: /int/.test(type.dtype ?? "") };
}

function bounds({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }) {
  const isInteger = type === "integer";
  const min = minimum ?? exclusiveMinimum;
  const max = maximum ?? exclusiveMaximum;
  if (min === undefined || max === undefined || min >= max || max - min > 1e9) return { isInteger };
  const step = multipleOf ?? (isInteger ? 1 : 10 ** Math.floor(Math.log10((max - min) / 100)));
  return {
    isInteger,
    min: min === exclusiveMinimum ? min + step : min,
    max: max === exclusiveMaximum ? max - step : max,
    step,
  };
}

function sampleNumber({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }) {
  const step = multipleOf ?? 1;
  const least = Math.max(minimum ?? -Infinity, exclusiveMinimum === undefined ? -Infinity : exclusiveMinimum + step);
  const most = Math.min(maximum ?? Infinity, exclusiveMaximum === undefined ? Infinity : exclusiveMaximum - step);
  if (least > most && type !== "integer") return ((exclusiveMinimum ?? minimum) + (exclusiveMaximum ?? maximum)) / 2;
  const near = Math.min(Math.max(0, least), most);
  const rounded = Math.ceil(near / step) * step;
  return multipleOf !== undefined && rounded <= most ? rounded : near;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const unescapePointer = (key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");
