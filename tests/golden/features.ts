/**
 * Which recorded cases wait for a later issue: one switch for all replays.
 * @module
 */
import type { Case } from "./cases.ts";

/** What the program can be asked for, as far as it comes in steps. */
export type Feature =
  | "jacobian"
  | "jacobian_vector_product"
  | "vector_jacobian_product"
  | "binref"
  | "msgpack"
  | "lz4"
  | "docs";

/** What does not exist yet. Take a name out when its feature is there, and its cases are replayed. */
export const LATER: ReadonlySet<Feature> = new Set([]);

/** The formats that this build can produce, in the order in which it lists them. */
export const FORMATS: string[] = ["json", "json+base64", "json+binref", "msgpack"].filter((name) =>
  !(LATER as ReadonlySet<string>).has(name.replace("json+", ""))
);

/** The compressions that this build can produce. */
export const COMPRESSIONS: string[] = ["none", "lz4"].filter((name) => !(LATER as ReadonlySet<string>).has(name));

const DERIVATIVES: readonly string[] = ["jacobian", "jacobian_vector_product", "vector_jacobian_product"];
/** Modules without derivatives: asking for one is an error in every build. */
const PLAIN: readonly string[] = ["dtypes", "minimal"];

/** The features that a case needs. */
export function featuresOf(recorded: Case): Feature[] {
  const { module, endpoint, format, accept = "", headers = {}, args = [], env = {} } = recorded;
  const payload = recorded.payload_text ?? recorded.payload_source ?? "";
  const asked = [...args, ...Object.values(env), ...Object.values(headers), accept, format ?? ""].join(" ");
  const features: Feature[] = [];
  if (DERIVATIVES.includes(endpoint) && !PLAIN.includes(module)) features.push(endpoint as Feature);
  if (format === "json+binref" || /json\+binref/.test(asked) || /"encoding": ?"binref"/.test(payload)) {
    features.push("binref");
  }
  // an Accept of msgpack alone is answered in every build: by 406 where there is none
  if (/msgpack/.test(asked) && !/msgpack/.test(accept)) features.push("msgpack");
  if (
    /lz4/.test(asked) || /"compression": ?"lz4"/.test(payload) && !/"encoding": ?"json", ?"compression"/.test(payload)
  ) {
    features.push("lz4");
  }
  if (endpoint === "docs") features.push("docs");
  return features;
}

/** The features of a case that do not exist yet. */
export function missingFeatures(recorded: Case): Feature[] {
  return featuresOf(recorded).filter((feature) => LATER.has(feature));
}
