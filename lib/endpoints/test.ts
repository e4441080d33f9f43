import { describeThrown } from "../api/stack.ts";
import type { TesseractModule } from "../api/tesseract.ts";
import { decodeArrays } from "../formats/decode_arrays.ts";
import { compareTrees, schemaLike } from "../testing/compare_trees.ts";
import { checkTestCase, TEST_CASE, TEST_RESULT, type TestCase, type TestResult } from "../testing/test_case.ts";
import type { Fault } from "../schema/faults.ts";
import { describeFault, dotted } from "../schema/messages.ts";
import type { CallContext, Endpoint } from "./endpoint.ts";
import { availableEndpoints } from "./endpoints.ts";
import { compute, type Outcome } from "./pipeline.ts";
import { messageOf, namesOf, VALIDATION_ERROR } from "./thrown_names.ts";

/**
 * `test`: calls another endpoint as a recorded test case says, and compares the result. It needs no user function of
 * its own.
 */
export const test: Endpoint = {
  name: "test",
  functionName: undefined,
  abstract: false,
  openapi: {
    prefix: "Test",
    input: "TestSpec",
    output: "TestOutputSchema",
    description: "Run a single regression test against a Tesseract endpoint.\n\n" +
      "All outcomes are answered with 200, the status in the body says which.",
    fields: {
      endpoint: 'Name of the endpoint to test (e.g., "apply", "jacobian").',
      payload: "Input data for the endpoint.",
      expected_outputs: "Expected output data (mutually exclusive with expected_exception).",
      expected_exception: "Expected exception type (mutually exclusive with expected_outputs).",
      expected_exception_regex: "Regex pattern for the exception message.",
      atol: "Absolute tolerance for numeric comparisons.",
      rtol: "Relative tolerance for numeric comparisons.",
      skip_output_path_checks: "Whether expected output files may be missing.",
      cli_config: "Ignored.",
    },
    result: () => TEST_RESULT,
    resultDescription: "Whether the test passed, and if not, why.",
  },
  payload: () => TEST_CASE,
  refine: (_module, payload, { faults }) => faults.length > 0 ? [] : checkTestCase(payload as Partial<TestCase>),
  run: (module, payload, context) => runTestCase(module, payload as unknown as TestCase, context),
};

async function runTestCase(module: TesseractModule, testCase: TestCase, context: CallContext): Promise<TestResult> {
  const verdict = (status: TestResult["status"], message: string) => ({ status, message, endpoint: testCase.endpoint });
  const entries = availableEndpoints(module);
  const entry = entries.find(({ name }) => name === testCase.endpoint);
  if (entry === undefined) {
    const names = entries.map(({ name }) => name).join(", ");
    return verdict("failed", `There is no endpoint ${testCase.endpoint}; the endpoints are ${names}`);
  }
  const endpoint = await entry.load();
  const { abstract } = endpoint;
  const schema = endpoint.payload(module);
  const { inputFiles } = context;
  const tree = await decodeArrays(testCase.payload, { schema, abstract, inputFiles });
  const outcome = await compute(module, endpoint, tree, context, schema);

  if (testCase.expected_exception != null) return verdict(...judgeException(outcome, testCase));
  if (outcome.status === "invalid") {
    return verdict("failed", `The payload does not fit the schema:\n${faultLines(outcome.faults, "  ")}`);
  }
  if (outcome.status === "failed") return verdict("error", describeThrown(outcome.error));
  const { result } = outcome;
  const expected = await decodeArrays(testCase.expected_outputs, { schema: schemaLike(result), abstract, inputFiles });
  const { structure, values } = compareTrees(result, expected, endpoint.openapi.result(module), {
    ...testCase,
    folder: context.outputFiles.folder,
  });
  if (structure.length > 0) return verdict("failed", `Structure mismatch.\n\n${structure.join("\n")}`);
  if (values.length > 0) return verdict("failed", `Values are not sufficiently close.\n\n${values.join("\n\n")}`);
  return verdict("passed", "");
}

/**
 * Compares an exception with the expected one: by the name of its class or of a class that it derives from, and by its
 * message. A payload that does not fit is a `ValidationError`.
 */
function judgeException(outcome: Outcome, testCase: TestCase): [TestResult["status"], string] {
  // Python's names have the module in front: pydantic.ValidationError
  const expected = testCase.expected_exception!.split(".").at(-1)!;
  const pattern = testCase.expected_exception_regex;
  if (outcome.status === "done") return ["failed", `Expected ${expected}, but no exception was raised`];
  const isInvalid = outcome.status === "invalid";
  const names = isInvalid ? VALIDATION_ERROR : namesOf(outcome.error);
  const message = isInvalid ? faultLines(outcome.faults, "") : messageOf(outcome.error);
  if (!names.includes(expected)) {
    const words = isInvalid ? `${names[0]}:\n${faultLines(outcome.faults, "  ")}` : describeThrown(outcome.error);
    return ["failed", `Expected ${expected}, but got ${words}`];
  }
  if (pattern != null && !new RegExp(pattern).test(message)) {
    return [
      "failed",
      `The exception's message does not match.\n  Expected pattern: ${pattern}\n  Message: ${message}`,
    ];
  }
  return ["passed", ""];
}

function faultLines(faults: readonly Fault[], indent: string): string {
  return faults.map((fault) => `${indent}${dotted(fault.loc) || "payload"}: ${describeFault(fault)}`).join("\n");
}
