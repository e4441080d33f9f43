/**
 * Is a user module complete and consistent? Everything that is wrong with it is found in one pass.
 * @module
 */
import { type DerivedShapes, deriveShapes } from "../schema/derived_shapes.ts";
import { inputSide, type Node, unwrap } from "../schema/node.ts";
import { differentiablePatterns } from "../schema/paths.ts";
import { readSchema } from "../schema/read.ts";
import { DEFINITION_NAMES, definitionIn, hasKnownName } from "../api/definition.ts";
import { type Exports, importModule } from "../api/import_module.ts";
import { notingFiles } from "../api/required_files.ts";
import { BrokenModule, type ModuleFault } from "../api/module_fault.ts";
import { DERIVATIVE_NAMES, withDerivatives } from "../endpoints/auto_derivatives.ts";
import { isDifference } from "../gradients/helpers.ts";
import { suggest } from "../suggest.ts";
import { FUNCTION_NAMES, type FunctionName, type TesseractModule } from "../api/tesseract.ts";
import { isRecord } from "../is_record.ts";

export interface Inspection {
  /** The module, if it has no faults. */
  readonly module?: TesseractModule;
  readonly faults: readonly ModuleFault[];
  /** What works, but not with every client. */
  readonly warnings: readonly ModuleFault[];
}

/**
 * The files that each module required (`requireFile`) while it was evaluated. They are kept because a module is
 * evaluated only at its first import.
 */
const requiredFiles = new Map<string, readonly string[]>();

/**
 * Imports the user module at `path` (relative to the current directory) and checks all of it. Whether the files that it
 * requires are in `inputPath` is not checked: not every command needs them.
 */
export async function inspectModule(path: string, inputPath = Deno.cwd()): Promise<Inspection> {
  try {
    const [{ file, exports }, files] = await notingFiles(inputPath, () => importModule(path));
    if (files.length > 0) requiredFiles.set(file, files);
    return new Inspector(file, exports).inspect();
  } catch (error) {
    if (!(error instanceof BrokenModule)) throw error;
    return { faults: error.faults, warnings: [] };
  }
}

/**
 * Imports the user module at `path` (relative to the current directory), whose required files are in `inputPath`.
 * Throws `BrokenModule` with all its faults.
 */
export async function loadModule(path: string, inputPath?: string): Promise<TesseractModule> {
  const { module, faults } = await inspectModule(path, inputPath);
  if (!module) throw new BrokenModule(faults);
  return module;
}

/** Checks a definition that is in memory. `file` is the module that exports it, if that is known. */
export function inspectDefinition(definition: object, file = "the definition"): Inspection {
  return new Inspector(file, { default: definition }).inspect();
}

class Inspector {
  private readonly faults: ModuleFault[] = [];
  private readonly warnings: ModuleFault[] = [];
  private readonly isDefault: boolean;
  private readonly definition: Exports;

  constructor(private readonly file: string, exports: Exports) {
    const { default: definition } = exports;
    this.definition = definitionIn(exports);
    this.isDefault = this.definition !== exports;
    if (definition !== undefined && !this.isDefault && !hasKnownName(exports)) {
      this.fault("default", `is not a definition of a Tesseract, but ${kindOf(definition)}`);
    }
  }

  inspect(): Inspection {
    const { file, faults, warnings } = this;
    if (!this.isDefault && !hasKnownName(this.definition)) {
      if (faults.length === 0) this.fault("default", "is missing: write export default defineTesseract({ … })");
      return { faults, warnings };
    }
    const description = this.description();
    // Shared by both schemas: the id of a component stands for the same schema in both.
    const ids = new Map<string, Node>();
    const inputs = this.schema("InputSchema", ids);
    const outputs = this.schema("OutputSchema", ids);
    const written = this.functions();
    const auto = this.isAuto();
    const shapes = inputs && outputs && deriveShapes(inputs, outputs);
    this.checkDerivatives(written, auto, inputs, outputs, shapes);
    this.checkNames();
    if (faults.length > 0 || !inputs || !outputs) return { faults, warnings };
    const derived = shapes && "evaluate" in shapes ? { abstractEval: shapes.evaluate } : {};
    const functions = { ...derived, ...written };
    const differences = DERIVATIVE_NAMES.filter((name) => isDifference(this.definition[name]));
    const files = requiredFiles.get(file);
    const module = { file, description, inputs, outputs, requiredFiles: files, differences, functions };
    return { module: auto ? withDerivatives(module) : module, faults, warnings };
  }

  private fault(name: string, message: string): undefined {
    this.faults.push({ file: this.file, export: name, message });
  }

  private description(): string {
    const { description = "" } = this.definition;
    if (typeof description === "string") return description;
    this.fault("description", `is not a string, but ${kindOf(description)}`);
    return "";
  }

  /** Are the derivatives to be made from `apply`? */
  private isAuto(): boolean {
    const { derivatives } = this.definition;
    if (derivatives !== undefined && derivatives !== "auto") {
      const found = typeof derivatives === "string" ? JSON.stringify(derivatives) : kindOf(derivatives);
      this.fault("derivatives", `is ${found}; expected "auto", or nothing`);
    }
    return derivatives === "auto";
  }

  /** Reads a schema; `undefined` if it has a fault. */
  private schema(name: "InputSchema" | "OutputSchema", ids: Map<string, Node>): Node | undefined {
    const schema = this.definition[name];
    if (schema === undefined) return this.fault(name, "is missing: a Zod schema, z.object({ … })");
    if (!isZodSchema(schema)) {
      return this.fault(
        name,
        isRecord(schema) && "_def" in schema
          ? "is a schema of another version of Zod; make it with the z of @tesseract/runtime"
          : `is not a Zod schema, z.object({ … }), but ${kindOf(schema)}`,
      );
    }
    try {
      const { node, faults } = readSchema(schema, "", ids);
      for (const { path, message } of faults) this.fault(name, path === "" ? message : `${path}: ${message}`);
      if (faults.length > 0) return undefined;
      const root = unwrap(node);
      if ((root.kind === "pipe" ? unwrap(inputSide(root)) : root).kind === "object") return node;
      return this.fault(name, "is not a schema of an object, z.object({ … })");
    } catch (error) {
      // Reading runs the author's getters: z.lazy(), recursive fields.
      return this.fault(name, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private functions(): TesseractModule["functions"] {
    const functions: { -readonly [K in FunctionName]?: (...args: readonly unknown[]) => unknown } = {};
    for (const name of FUNCTION_NAMES) {
      const value = this.definition[name];
      if (typeof value === "function") functions[name] = value.bind(this.definition);
      else if (value !== undefined) this.fault(name, `is not a function, but ${kindOf(value)}`);
      else if (name === "apply") this.fault(name, "is missing: the function that computes the outputs of the inputs");
    }
    return functions;
  }

  private checkDerivatives(
    functions: TesseractModule["functions"],
    auto: boolean,
    inputs: Node | undefined,
    outputs: Node | undefined,
    shapes: DerivedShapes | undefined,
  ): void {
    const derivatives = [...auto ? ["derivatives"] : [], ...DERIVATIVE_NAMES.filter((name) => functions[name])];
    const without = [
      ...inputs && differentiablePatterns(inputs).size === 0 ? ["InputSchema"] : [],
      ...outputs && differentiablePatterns(outputs).size === 0 ? ["OutputSchema"] : [],
    ];
    for (const name of derivatives) {
      if (without.length > 0) {
        this.fault(name, `there is no differentiable(…) array in ${without.join(" and none in ")}`);
      }
    }
    if (derivatives.length > 0 && this.definition["abstractEval"] === undefined && shapes && "reason" in shapes) {
      this.warnings.push({
        file: this.file,
        export: "abstractEval",
        message:
          `is missing, though ${derivatives.join(", ")} ${auto || derivatives.length > 1 ? "are" : "is"} defined: ` +
          `tesseract-jax needs it, and it does not follow from the schemas, because ${shapes.reason}`,
      });
    }
  }

  /**
   * Reports unknown names. A definition may have none. A module with named exports may export anything else, unless it
   * looks like a misspelling of a name that is missing.
   */
  private checkNames(): void {
    for (const name of Object.keys(this.definition)) {
      if (DEFINITION_NAMES.includes(name) || (!this.isDefault && name === "default")) continue;
      const meant = suggest(name, DEFINITION_NAMES.filter((known) => this.definition[known] === undefined));
      if (meant !== undefined) {
        if (this.isDefault || isFit(meant, this.definition[name])) {
          this.fault(name, `is not known; did you mean ${meant}?`);
        }
      } else if (this.isDefault) {
        this.fault(
          name,
          `is not known; a definition has ${DEFINITION_NAMES.slice(0, -1).join(", ")} and ${DEFINITION_NAMES.at(-1)}`,
        );
      }
    }
  }
}

/** Is the value of the type that the property `name` has? */
function isFit(name: string, value: unknown): boolean {
  if (name === "description" || name === "derivatives") return typeof value === "string";
  return (FUNCTION_NAMES as readonly string[]).includes(name) ? typeof value === "function" : isZodSchema(value);
}

function isZodSchema(value: unknown): value is Parameters<typeof readSchema>[0] {
  return isRecord(value) && isRecord(value["_zod"]) && isRecord(value["_zod"]["def"]);
}

/** A kind of value, in words. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isZodSchema(value)) return "a Zod schema";
  return typeof value === "object" ? "an object" : typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}
