/**
 * The component's page: a form made of the schema, and what comes out.
 * @module
 */
import { derivativesSection } from "./derivatives.js";
import { at } from "./dom.js";
import { Fields } from "./field.js";
import { outputElements } from "./outputs.js";
import { Page } from "./page.js";
import { openapi } from "./server.js";

try {
  start(await openapi());
} catch (error) {
  at("status").textContent = error.message;
}

function start(api) {
  const { title, version, description } = api.info;
  const operation = api.paths["/apply"].post;
  document.title = title;
  at("title").textContent = title;
  at("version").textContent = version === "unknown" ? "" : version;
  at("description").textContent = description ?? operation.description.split("\n\n").slice(1).join("\n\n");

  const fields = new Fields(api);
  const content = operation.requestBody.content["application/json"];
  const input = fields.resolve(content.schema);
  const output = fields.resolve(operation.responses[200].content["application/json"].schema);
  const page = new Page(fields, input, content.example?.inputs);
  const derivatives = derivativesSection(api, { input, output });
  if (derivatives) at("call").before(derivatives.section);
  page.whenDone = (inputs, outputs) => {
    at("outputs").replaceChildren(...outputElements(outputs, (key) => fields.resolve(output.properties?.[key])));
    derivatives?.update(inputs, outputs);
  };
  page.start();
  // where it stays in sight depends on its height: style.css
  new ResizeObserver(() => at("results").style.setProperty("--height", `${at("results").offsetHeight}px`))
    .observe(at("results"));
  at("run").disabled = false;
  document.body.removeAttribute("aria-busy");
}
