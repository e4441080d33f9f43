/**
 * The derivatives of a chosen output by a chosen input.
 * @module
 */
import { isEncoded, shapeOf, sizeOf } from "./arrays.js";
import { button, element, newId } from "./dom.js";
import { jsonText } from "./json.js";
import { outputElement } from "./outputs.js";
import { expandPattern } from "./paths.js";
import { call, Refused } from "./server.js";

/** Larger Jacobians are not asked for. */
const MOST_ELEMENTS = 1_000_000;

/** The ways to look at a derivative, by the endpoint that they take. */
const WAYS = [
  {
    endpoint: "vector_jacobian_product",
    text: "gradient of the output's sum",
    about: "The sum of all elements of the output, by each element of the input.",
    payload: (inputs, input, output) => ({
      inputs,
      vjp_inputs: [input.path],
      vjp_outputs: [output.path],
      cotangent_vector: { [output.path]: ones(output.value.shape) },
    }),
    result: (answer, input) => answer[input.path],
  },
  {
    endpoint: "jacobian_vector_product",
    text: "sensitivity to the whole input",
    about: "How each element of the output changes when all elements of the input grow alike.",
    payload: (inputs, input, output) => ({
      inputs,
      jvp_inputs: [input.path],
      jvp_outputs: [output.path],
      tangent_vector: { [input.path]: ones(shapeOf(input.value) ?? []) },
    }),
    result: (answer, _input, output) => answer[output.path],
  },
  {
    endpoint: "jacobian",
    text: "Jacobian matrix",
    about: "Each element of the output, a row, by each element of the input, a column.",
    payload: (inputs, input, output) => ({ inputs, jac_inputs: [input.path], jac_outputs: [output.path] }),
    result: (answer, input, output) => asMatrix(answer[output.path][input.path], output.value.shape),
  },
];

const ones = ([size, ...rest]) => size === undefined ? 1 : Array.from({ length: size }, () => ones(rest));

/** A Jacobian of arrays of any rank is a matrix of their elements. */
function asMatrix(array, outputShape) {
  const inputShape = array.shape.slice(outputShape.length);
  if (outputShape.length === 0 || inputShape.length === 0) return array;
  return { ...array, shape: [sizeOf(outputShape), sizeOf(inputShape)] };
}

/**
 * The section; `undefined`, if there are no derivatives. `update(inputs, outputs)` tells it what was computed last.
 */
export function derivativesSection(document, schemas) {
  const ways = WAYS.filter(({ endpoint }) => `/${endpoint}` in document.paths);
  const patterns = [schemas.input, schemas.output].map((schema) => Object.keys(schema.differentiable_arrays ?? {}));
  if (ways.length === 0 || patterns.some((names) => names.length === 0)) return undefined;
  const choice = (text) => {
    const id = newId();
    const select = element("select", { id });
    return { select, label: element("div", {}, element("label", { for: id }, text), select) };
  };
  const [output, input, way] = ["of", "by", "as"].map(choice);
  way.select.append(...ways.map(({ text }) => element("option", {}, text)));
  const place = element("div", { "aria-live": "polite" });
  const about = element("p", { class: "about", id: newId() });
  const explain = () => about.textContent = ways[way.select.selectedIndex].about;
  way.select.setAttribute("aria-describedby", about.id);
  way.label.append(about);
  let point;
  let isChosen = false;
  /** How often derivatives were asked for: an answer to an earlier question than the last one is not shown. */
  let asked = 0;
  way.select.addEventListener("change", () => {
    isChosen = true;
    explain();
  });
  const show = async () => {
    const chosen = ways[way.select.selectedIndex];
    const [from, of] = [point.inputs[input.select.selectedIndex], point.outputs[output.select.selectedIndex]];
    if (!from || !of) return;
    const turn = ++asked;
    const showIt = (element) => {
      if (turn === asked) place.replaceChildren(element);
    };
    try {
      const elements = sizeOf(of.value.shape) * sizeOf(shapeOf(from.value) ?? []);
      if (chosen.endpoint === "jacobian" && elements > MOST_ELEMENTS) {
        throw new Error("This Jacobian is too large to be shown.");
      }
      place.setAttribute("aria-busy", "true");
      const answer = await call(chosen.endpoint, jsonText(chosen.payload(point.payload, from, of)));
      showIt(outputElement(`∂ ${of.path} / ∂ ${from.path}`, chosen.result(answer, from, of)));
    } catch (error) {
      const text = error instanceof Refused && error.faults[0] ? error.faults[0].msg : error.message;
      showIt(element("p", { class: "fault", role: "alert" }, text));
    } finally {
      if (turn === asked) place.removeAttribute("aria-busy");
    }
  };
  const go = button("Differentiate", show, { disabled: true });
  const section = element(
    "section",
    { id: "derivatives", class: "card", "aria-labelledby": "derivatives-title", hidden: true },
    element("h2", { id: "derivatives-title" }, "Derivatives"),
    element(
      "div",
      { class: "columns" },
      element("div", { class: "choices" }, output.label, input.label, way.label, go),
      place,
    ),
  );
  return {
    section,
    update(payload, outputs) {
      const at = (names, value) => names.flatMap((pattern) => expandPattern(pattern, value));
      point = {
        payload,
        inputs: at(patterns[0], payload),
        outputs: at(patterns[1], outputs).filter(({ value }) => isEncoded(value)),
      };
      fill(input.select, point.inputs);
      fill(output.select, point.outputs);
      const likely = ways.findIndex(({ endpoint }) => endpoint === usual(point));
      if (!isChosen) way.select.selectedIndex = Math.max(0, likely);
      explain();
      section.hidden = false; // before the first run there is nothing to choose from
      go.disabled = point.inputs.length === 0 || point.outputs.length === 0;
      if (asked > 0) show();
    },
  };
}

/** A number has a gradient; of an array one sees more by how it changes. */
const usual = ({ outputs: [first] }) =>
  first && sizeOf(first.value.shape) === 1 ? "vector_jacobian_product" : "jacobian_vector_product";

/** The paths to choose from; what was chosen stays, if it is still there. */
function fill(select, found) {
  const { value } = select;
  select.replaceChildren(...found.map(({ path }) => element("option", { selected: path === value }, path)));
}
