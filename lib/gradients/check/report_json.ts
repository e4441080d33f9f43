import { asJson } from "../../schema/json_default.ts";
import type { RealArray } from "../real_array.ts";
import type { Report } from "./types.ts";

/** The report as plain JSON values: arrays are nested lists, numbers that JSON does not have are strings. */
export function reportToJson(report: Report): unknown {
  return plain({
    ...report,
    endpoints: report.endpoints.map(({ shown, ...endpoint }) => ({
      ...endpoint,
      passed: endpoint.failures === 0,
      first_failures: shown.map(({ value, difference, ...failure }) => ({
        ...failure,
        ...(value && difference && { value: nested(value), difference: nested(difference) }),
      })),
    })),
  });
}

const nested = (array: RealArray): unknown => asJson({ dtype: "float64", ...array });

/** Writes names in snake case, as Python does, and leaves out `undefined`. */
function plain(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [snake(key), plain(item)]));
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
