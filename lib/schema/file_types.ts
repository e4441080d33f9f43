import { z } from "zod";

/** Is it an input file, named in the payload, or an output file, made by user code? */
export type FileSide = "input" | "output";

/** Zod's definition of a path's schema, with the side in it: Zod keeps it when it clones the schema. */
interface PathDef extends z.core.$ZodTypeDef {
  type: "custom";
  file: FileSide;
}

interface PathInternals extends z.core.$ZodTypeInternals<string, string> {
  def: PathDef;
}

/** The schema of a path to a file or a folder. */
export interface PathSchema extends z.ZodType<string, string, PathInternals> {}

const PathSchema: z.core.$constructor<PathSchema> = z.core.$constructor("TesseractPath", (schema, def) => {
  z.ZodType.init(schema, def);
  // Files are looked up during a call only (file_paths.ts), so parse() alone returns the string unchanged.
  schema._zod.parse = (payload) => {
    if (typeof payload.value !== "string") {
      payload.issues.push({ code: "invalid_type", expected: "string", input: payload.value, inst: schema });
    }
    return payload;
  };
  schema._zod.processJSONSchema = (_context, json) => void Object.assign(json, { type: "string", format: "path" });
});

/**
 * The schema of an input file or folder: in a payload a path relative to the input path, for user code the absolute
 * path. It must exist, and lie inside the input path; `..`, absolute paths and URLs are refused.
 *
 * A default is written `.prefault("mesh.msh")`: Zod does not parse what `.default` gives.
 *
 * @example
 * ```ts
 * import { inputPath, z } from "@tesseract/runtime";
 *
 * const InputSchema = z.object({ mesh: inputPath().describe("A mesh in Gmsh's format.") });
 * const apply = ({ mesh }: z.output<typeof InputSchema>) => Deno.readTextFileSync(mesh).split("\n").length;
 * ```
 */
export function inputPath(): PathSchema {
  return new PathSchema({ type: "custom", file: "input" });
}

/**
 * The schema of an output file or folder. User code gives its path, absolute or relative to `context.outputPath`; it
 * must exist, and lie inside the output path. The caller gets the path relative to the output path.
 *
 * @example
 * ```ts
 * import { type Context, outputPath, z } from "@tesseract/runtime";
 *
 * const OutputSchema = z.object({ report: outputPath() });
 * function apply(_inputs: unknown, { outputPath }: Context): z.input<typeof OutputSchema> {
 *   Deno.writeTextFileSync(`${outputPath}/report.txt`, "All is well.\n");
 *   return { report: "report.txt" };
 * }
 * ```
 */
export function outputPath(): PathSchema {
  return new PathSchema({ type: "custom", file: "output" });
}

/** The side of a path's schema; `undefined` for schemas of anything else, wrappers around paths included. */
export function fileSideOf(schema: z.core.$ZodType): FileSide | undefined {
  return schema instanceof PathSchema ? schema._zod.def.file : undefined;
}
