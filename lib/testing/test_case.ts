/**
 * A recorded test case: its form, and what came of it.
 * @module
 */
import type { Fault } from "../schema/faults.ts";
import { type LeafNode, type Node, objectNode } from "../schema/node.ts";

/** A test case that fits `TEST_CASE`. */
export interface TestCase {
  /** By its HTTP path: `apply`. */
  readonly endpoint: string;
  /** What is sent to it: `{"inputs": …}`. */
  readonly payload: unknown;
  readonly expected_outputs?: unknown;
  /** The name of the class of what is thrown. */
  readonly expected_exception?: string | null;
  /** What its message matches somewhere. */
  readonly expected_exception_regex?: string | null;
  readonly atol: number;
  readonly rtol: number;
  /** Python's: may expected files be missing? Here only files that are there are ever obtained, and compared by name. */
  readonly skip_output_path_checks: boolean;
}

/** What came of a test case. */
export interface TestResult {
  /** "error": something was thrown where nothing was expected to be. */
  readonly status: "passed" | "failed" | "error";
  /** Empty if it passed. */
  readonly message: string;
  readonly endpoint: string;
}

const leaf = (type: LeafNode["type"]): Node => ({ kind: "leaf", type, judged: false, hasArrays: false });

const object: Node = {
  kind: "record",
  key: leaf("string"),
  value: leaf("any"),
  required: [],
  loose: false,
  hasArrays: false,
};

/** May be left out or null. */
const optional = (inner: Node): Node => ({
  kind: "optional",
  inner: { kind: "nullable", inner, hasArrays: false },
  hasArrays: false,
});

const byDefault = (inner: Node, value: unknown): Node => ({
  kind: "default",
  inner,
  value: () => value,
  parsed: false,
  hasArrays: false,
});

/** The schema of test cases. What of the payload and the result is an array, the schemas of the endpoint say later. */
export const TEST_CASE = objectNode({
  endpoint: leaf("string"),
  payload: object,
  expected_outputs: optional(object),
  expected_exception: optional(leaf("string")),
  expected_exception_regex: optional(leaf("string")),
  atol: byDefault(leaf("number"), 1e-8),
  rtol: byDefault(leaf("number"), 1e-5),
  skip_output_path_checks: byDefault(leaf("boolean"), false),
  // how Python's command line starts a container for the case
  cli_config: optional(object),
});

/** The schema of test results. */
export const TEST_RESULT = objectNode({
  status: { ...leaf("literal"), values: ["passed", "failed", "error"] } as Node,
  message: leaf("string"),
  endpoint: leaf("string"),
});

/** What the schema of test cases cannot say. */
export function checkTestCase(testCase: Partial<TestCase>): Fault[] {
  const { expected_outputs, expected_exception, expected_exception_regex, atol = 0, rtol = 0 } = testCase;
  const faults: Fault[] = [];
  const fault = (loc: Fault["loc"], message: string) => faults.push({ type: "value_error", loc, message });
  if ((expected_outputs == null) === (expected_exception == null)) {
    fault([], "Expected exactly one of expected_outputs and expected_exception");
  }
  if (expected_exception_regex != null) {
    const reason = reasonAgainst(expected_exception_regex);
    if (reason !== undefined) fault(["expected_exception_regex"], reason);
  }
  if (atol < 0) fault(["atol"], "A tolerance is zero or more");
  if (rtol < 0) fault(["rtol"], "A tolerance is zero or more");
  return faults;
}

function reasonAgainst(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
