import { z } from "zod";
import type { Fault } from "../schema/faults.ts";
import type { ObjectNode } from "../schema/node.ts";
import { readSchema } from "../schema/read.ts";

const object = z.record(z.string(), z.any());

const testCase = z.object({
  endpoint: z.string(), // by its HTTP path: `apply`
  payload: object, // what is sent to it: `{"inputs": …}`
  expected_outputs: object.nullish(),
  expected_exception: z.string().nullish(), // the name of the class of what is thrown
  expected_exception_regex: z.string().nullish(), // must match somewhere in its message
  atol: z.number().default(1e-8),
  rtol: z.number().default(1e-5),
  // In Python: may expected files be missing? Without effect here: of a file in the result only the path is compared.
  skip_output_path_checks: z.boolean().default(false),
  // how Python's command line starts a container for the case
  cli_config: object.nullish(),
});

const testResult = z.object({
  // error: something was thrown where nothing was expected to be
  status: z.literal(["passed", "failed", "error"]),
  message: z.string(), // empty if it passed
  endpoint: z.string(),
});

/** A test case that fits `TEST_CASE`. */
export type TestCase = z.infer<typeof testCase>;

/** The outcome of a test case. */
export type TestResult = z.infer<typeof testResult>;

/** The schema of test cases. Arrays in the payload and the result are found later, by the schemas of the endpoint. */
export const TEST_CASE = read(testCase);

export const TEST_RESULT = read(testResult);

function read(schema: z.ZodObject): ObjectNode {
  return readSchema(schema, "").node as ObjectNode;
}

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
