/**
 * Makes the parts of the pages that come from packages: `lib/http/api_page.html.gz`, the API reference page
 * (swagger-ui-dist in one document that needs no network), and `uplot.js` and `uplot.css` of the component's page.
 *
 *     deno run -A tools/api_page.ts
 * @module
 */
import { stop, transform } from "esbuild";
import { absolutePath } from "swagger-ui-dist";
import config from "../deno.json" with { type: "json" };
import { withPackages } from "./bundle_packages.ts";

const folder = absolutePath();
const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
const script = (await read("swagger-ui-bundle.js")).replace(/^\/\/# sourceMappingURL=.*$/m, "");
const style = (await read("swagger-ui.css")).replace(/\/\*# sourceMappingURL=.*\*\//, "");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="icon" href="data:,">
<!-- Swagger UI, https://github.com/swagger-api/swagger-ui, Apache License 2.0 -->
<style>${style.replaceAll("</style", "<\\/style")}</style>
</head>
<body>
<form id="key" hidden>
<label>This server needs a key: <input name="key" type="password" required></label> <button>Continue</button>
</form>
<div id="page"></div>
<script>${script.replaceAll("</script", "<\\/script")}</script>
<script>
const url = location.pathname.replace(/\\/docs\\/?$/, "/openapi.json");
const form = document.getElementById("key");
let key = sessionStorage.getItem("tesseract key");
const requestInterceptor = (request) => {
  if (key) request.headers = { ...request.headers, "X-API-Key": key };
  return request;
};
const groups = {
  jacobian: "Derivatives",
  jacobian_vector_product: "Derivatives",
  vector_jacobian_product: "Derivatives",
  health: "Server",
  test: "Server",
};
// Where nobody can tell the shape of an output without computing it, the document has no example, and one made of the
// schema would be nonsense: words stand where numbers must be filled in.
const DERIVATIVES = [
  ["jacobian", "jac"],
  ["jacobian_vector_product", "jvp", "tangent_vector", "inputs"],
  ["vector_jacobian_product", "vjp", "cotangent_vector", "outputs"],
];
function fillInExamples({ paths, components }) {
  const contentOf = (name) => paths["/" + name]?.post.requestBody.content["application/json"];
  const inputs = contentOf("apply").example?.inputs;
  for (const [name, prefix, vector, side] of DERIVATIVES) {
    const content = contentOf(name);
    if (!content || content.example || !inputs) continue;
    const { properties } = components.schemas[content.schema["$ref"].split("/").pop()];
    const example = { inputs };
    for (const key of [prefix + "_inputs", prefix + "_outputs"]) {
      const { items } = properties[key];
      example[key] = [items.const ?? items.enum?.[0] ?? "the path of an array"];
    }
    const [path] = example[prefix + "_" + side] ?? [];
    if (vector) example[vector] = { [path]: "an array of the shape of " + path };
    content.example = example;
  }
}
async function show() {
  const answer = await fetch(url, requestInterceptor({}));
  form.hidden = answer.status !== 401;
  if (answer.status === 401) return;
  const spec = await answer.json();
  spec.info.description ??= spec.paths["/apply"].post.description.split("\\n\\n").slice(1).join("\\n\\n");
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const operation of Object.values(methods)) operation.tags = [groups[path.slice(1)] ?? "Computation"];
  }
  fillInExamples(spec);
  spec.tags = ["Computation", "Derivatives", "Server"].map((name) => ({ name }));
  document.title = spec.info.title + ": API reference";
  // The schemas are folded: that of an encoded array is long, and always the same.
  SwaggerUIBundle({
    spec,
    dom_id: "#page",
    deepLinking: true,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    requestInterceptor,
  });
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  key = form.elements.key.value;
  sessionStorage.setItem("tesseract key", key);
  show();
});
show();
</script>
</body>
</html>
`;
const compressed = new Blob([page]).stream().pipeThrough(new CompressionStream("gzip"));
await Deno.writeFile(new URL("../lib/http/api_page.html.gz", import.meta.url), compressed);

await withPackages({ uplot: config.imports.uplot }, async (folder) => {
  const read = (name: string) => Deno.readTextFile(`${folder}/node_modules/uplot/${name}`);
  const { version } = JSON.parse(await read("package.json"));
  const origin = `uPlot ${version}, https://github.com/leeoniya/uPlot`;
  const banners = {
    js: `/* ${origin}\n\n${(await read("LICENSE")).trim()}\n*/\n`,
    css: `/* ${origin}, MIT License: its text is in uplot.js */\n`,
  };
  for (const [from, to] of [["uPlot.esm.js", "uplot.js"], ["uPlot.min.css", "uplot.css"]] as const) {
    const loader = to === "uplot.js" ? "js" : "css" as const;
    const { code } = await transform(await read(`dist/${from}`), { loader, minify: true, legalComments: "none" });
    await Deno.writeTextFile(new URL(`../lib/http/page/${to}`, import.meta.url), banners[loader] + code);
  }
});
await stop();
