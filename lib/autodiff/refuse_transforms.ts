/**
 * Functions of the author in a schema that may change differentiable arrays before `apply` is given them, or after it
 * returned them: the derivatives of `apply` alone would be other ones than those of the whole call.
 * @module
 */
import type { TesseractModule } from "../api/tesseract.ts";
import type { Node } from "../schema/node.ts";
import { differentiablePatterns, visit } from "../schema/paths.ts";

/** Throws if a transform of the schemas (`.transform`, `z.preprocess`, …) may change a differentiable array. */
export function refuseTransforms({ inputs, outputs }: TesseractModule): void {
  for (const [name, schema] of [["inputs", inputs], ["outputs", outputs]] as const) {
    visit(schema, "", (node, pattern) => {
      const isChanged = node.kind === "pipe" || node.checks?.some(({ _zod }) => _zod.def.check === "overwrite");
      if (!isChanged || !isDifferentiable(node)) return;
      throw new TypeError(
        `${[name, pattern].filter(Boolean).join(".")}: the schema has a function here (.transform(…), .pipe(…), ` +
          ".overwrite(…) or z.preprocess(…)) which may change what derivatives are of, where they cannot follow it; " +
          "let apply do it",
      );
    });
  }
}

const isDifferentiable = (node: Node): boolean => node.hasArrays && differentiablePatterns(node).size > 0;
