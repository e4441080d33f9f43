import type { z } from "zod";
import type { JsonSchema } from "./json_arrays.ts";
import type { Node } from "./node.ts";
import { STRING_FORMATS } from "./string_formats.ts";

/** A check's definition; `check` is its kind. */
type CheckDefinition = z.core.$ZodChecks["_zod"]["def"];

/** The ranges of the number formats. That of safe integers is left out: it holds for every integer. */
const RANGES: Readonly<Record<string, JsonSchema>> = {
  int32: { minimum: -2147483648, maximum: 2147483647 },
  uint32: { minimum: 0, maximum: 4294967295 },
  float32: { minimum: -3.4028234663852886e38, maximum: 3.4028234663852886e38 },
};

/**
 * The JSON Schema keywords for the checks of a schema; refinements have none. Of two bounds the narrower one counts.
 */
export function checkKeywords(node: Node): JsonSchema {
  const [min, max] = node.kind === "list" ? ["minItems", "maxItems"] : ["minLength", "maxLength"];
  const keywords: JsonSchema = {};
  const patterns: string[] = [];
  const narrow = (key: string, value: unknown, pick: (...values: number[]) => number) => {
    keywords[key] = pick(Number(value), Number(keywords[key] ?? value));
  };
  for (const def of checksOf(node)) {
    if (def.check === "min_length") narrow(min, def.minimum, Math.max);
    else if (def.check === "max_length") narrow(max, def.maximum, Math.min);
    else if (def.check === "length_equals") {
      narrow(min, def.length, Math.max);
      narrow(max, def.length, Math.min);
    } else if (def.check === "greater_than") {
      narrow(def.inclusive ? "minimum" : "exclusiveMinimum", def.value, Math.max);
    } else if (def.check === "less_than") narrow(def.inclusive ? "maximum" : "exclusiveMaximum", def.value, Math.min);
    else if (def.check === "multiple_of") keywords.multipleOf = def.value;
    else if (def.check === "number_format") Object.assign(keywords, RANGES[def.format]);
    else if (def.check === "string_format") {
      const format = STRING_FORMATS[def.format]?.json;
      if (format !== undefined) keywords.format = format;
      if (def.pattern) patterns.push(...patternOf(def.pattern));
    }
  }
  if (patterns.length === 1) keywords.pattern = patterns[0];
  else if (patterns.length > 1) keywords.allOf = patterns.map((pattern) => ({ pattern }));
  return keywords;
}

/** The pattern, as a list of one; an empty list if it needs flags, which JSON Schema does not have. */
export function patternOf({ source, flags }: RegExp): string[] {
  return /[ims]/.test(flags) ? [] : [source];
}

/** The checks of a schema, inside its wrappers. A `z.email()` is itself one of its checks. */
function checksOf(node: Node): readonly CheckDefinition[] {
  let def = node.zod?._zod.def as z.core.$ZodTypeDef & { innerType?: z.core.$ZodType } | undefined;
  while (def?.innerType) def = def.innerType._zod.def;
  const own = def !== undefined && "check" in def ? [def as unknown as CheckDefinition] : [];
  return [...own, ...(node.checks ?? []).map((check) => (check as z.core.$ZodChecks)._zod.def)];
}
