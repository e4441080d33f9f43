/**
 * Functions of the author in a schema that may change differentiable arrays before `apply` is given them, or after it
 * returned them: the derivatives of `apply` alone would be other ones than those of the whole call.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import { differentiablePatterns, visit } from "../schema/paths.ts";

/** Throws if a transform of the schemas (`.transform`, `z.preprocess`, …) may change a differentiable array. */
export function refuseTransforms({ inputs, outputs }: TesseractModule): void {
  for (const [name, schema] of [["inputs", inputs], ["outputs", outputs]] as const) {
    const patterns = [...differentiablePatterns(schema).keys()];
    visit(schema, "", (node, pattern) => {
      const isChanged = node.kind === "pipe" || node.checks?.some(({ _zod }) => _zod.def.check === "overwrite");
      // Not the patterns of the node alone: another option of a union may have the differentiable array at its path.
      const isPart = (path: string) => pattern === "" || path === pattern || path.startsWith(`${pattern}.`);
      if (!isChanged || !patterns.some(isPart)) return;
      throw new TypeError(
        `${[name, pattern].filter(Boolean).join(".")}: a function of the schema (.transform(…), .pipe(…), ` +
          ".overwrite(…) or z.preprocess(…)) may change differentiable arrays here, and derivatives are those of apply " +
          "alone; declare the value as it is given, and do this step in apply",
      );
    });
  }
}
