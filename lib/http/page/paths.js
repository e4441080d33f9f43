/**
 * Paths of arrays, as the derivative endpoints write them: `layers.[0].weight`, `params.{rate}`.
 * @module
 */
import { isEncoded } from "./arrays.js";

/** The paths of a pattern (`layers.[].weight`) at which a value has an array, and what is there. */
export function expandPattern(pattern, value) {
  let found = [{ path: "", value }];
  for (const step of pattern.split(".")) {
    found = found.flatMap(({ path, value }) =>
      stepsInto(step, value).map(([name, item]) => ({ path: path === "" ? name : `${path}.${name}`, value: item }))
    );
  }
  return found.filter(({ value }) => isArray(value));
}

function stepsInto(step, value) {
  if (typeof value !== "object" || value === null) return [];
  if (step === "[]") return Array.isArray(value) ? value.map((item, i) => [`[${i}]`, item]) : [];
  if (step === "{}") return Object.entries(value).map(([key, item]) => [`{${key.replace(/[\\{}]/g, "\\$&")}}`, item]);
  const index = /^\[(\d+)\]$/.exec(step)?.[1];
  return Object.hasOwn(value, index ?? step) ? [[step, value[index ?? step]]] : [];
}

const isArray = (value) =>
  isEncoded(value) || Array.isArray(value) || ["number", "bigint", "boolean", "string"].includes(typeof value);
