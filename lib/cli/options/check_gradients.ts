import { ENDPOINTS } from "../../endpoints/endpoints.ts";
import { decimal, integer, list, toggle, value } from "./option.ts";

const parseEps = decimal((value) => value > 0, "a number above 0");
const parseRtol = decimal((value) => value >= 0, "a number from 0 on");

export const CHECK_GRADIENTS_OPTIONS = {
  endpoints: list("NAME", "an endpoint to check, such as jacobian [default: all]", String, {
    completes: () => ENDPOINTS.map(({ name }) => name).filter((name) => name.includes("jacobian")),
  }),
  inputPaths: list("PATH", "an input to differentiate by [default: all]", String),
  outputPaths: list("PATH", "an output to differentiate [default: all]", String),
  epsFor: list("PATH=VALUE", "the step of one input, in place of --eps", parseEpsFor),
  eps: value("STEP", "the step of the finite differences, the same for all inputs [default: 1e-4]", parseEps),
  rtol: value("RTOL", "how far they may be off, relative to the derivative [default: 0.1]", parseRtol),
  maxEvals: value("N", "how many elements are checked in all, at least one of each input [default: 1000]", integer(1)),
  maxOutputSamples: value(
    "N",
    "elements of each output to check vector_jacobian_product for [default: all]",
    integer(1),
  ),
  maxFailures: value("N", "how many failures of each endpoint are shown [default: 10]", integer(0)),
  seed: value("INT", "draw the same elements and vectors each time [default: different ones]", integer(0)),
  taylor: toggle("run the Taylor test too, which tells wrong derivatives from bad steps"),
  showProgress: toggle("show the progress, on a terminal; off with --no-show-progress [default: on]", {
    withNegated: true,
  }),
  json: toggle("print the whole report as JSON"),
};

/** Splits at the last `=`, because a path may contain one in a key of a record. */
function parseEpsFor(text: string): readonly [path: string, eps: number] {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new SyntaxError("expected PATH=VALUE");
  return [text.slice(0, at), parseEps(text.slice(at + 1))];
}

export const CHECK_GRADIENTS_DESCRIPTION = `\
Draws elements of the inputs at random, and compares the derivatives that each
endpoint returns for them with central differences of apply, at the inputs of the
payload. Where a module has two endpoints, they are also compared with each other
along random directions.

Differences are not exact: a step that is too small for the dtype of an input, or
for the noise of apply, makes right derivatives look wrong, and a loose tolerance
lets small mistakes pass. --taylor tells which it is, and which step to use.

Exit code: 0 if all checks pass, 1 if one fails, 130 if it was interrupted.`;
