import type { Node } from "../schema/node.ts";

/** The functions that a module may define, by their names there. */
export const FUNCTION_NAMES = [
  "apply",
  "jacobian",
  "jacobianVectorProduct",
  "vectorJacobianProduct",
  "abstractEval",
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** A function that an author wrote, as this program calls it. */
export type AuthorFunction = (...args: readonly unknown[]) => unknown;

/** The component: its schemas and functions. */
export interface TesseractModule {
  /** The file that it came from, absolute. */
  readonly file: string;
  readonly description: string;
  readonly inputs: Node;
  readonly outputs: Node;
  /** The files that it needs in the input path, relative to that (required_files.ts). */
  readonly requiredFiles?: readonly string[] | undefined;
  /** Are derivatives that are not among the author's functions made from `apply`? */
  readonly derivatives?: "auto" | undefined;
  /** The functions that `finiteDifferences` made: they are only as exact as their steps. */
  readonly differences?: readonly FunctionName[] | undefined;
  readonly functions: Readonly<Partial<Record<FunctionName, AuthorFunction>>>;
}
