import { formatPath, type Segment } from "../../schema/paths.ts";

/**
 * The paths of a pattern at which a value has something. The value need not be validated: arrays may be lists.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(expandOpen("layers.[].w", { layers: [{ w: [1, 2] }, { w: null }] }), ["layers.[0].w"]);
 * ```
 */
export function expandOpen(pattern: string, value: unknown): string[] {
  let found: { path: Segment[]; value: unknown }[] = [{ path: [], value }];
  for (const step of pattern.split(".")) {
    found = found.flatMap(({ path, value }) => {
      if (typeof value !== "object" || value === null) return [];
      if (step === "[]") {
        return Array.isArray(value) ? value.map((part, i) => ({ path: [...path, i], value: part })) : [];
      }
      const parts = value as Record<string, unknown>;
      if (step !== "{}") return [{ path: [...path, step], value: parts[step] }];
      return Object.keys(parts).map((key) => ({ path: [...path, { key }], value: parts[key] }));
    });
  }
  return found.filter(({ value }) => value !== undefined && value !== null).map(({ path }) => formatPath(path));
}
