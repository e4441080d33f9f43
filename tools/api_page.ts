/**
 * Makes `lib/http/api_page.html.gz`, the API reference page: swagger-ui-dist in one document that needs no network.
 *
 *     deno run -A tools/api_page.ts
 * @module
 */
import { absolutePath } from "swagger-ui-dist";

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
async function show() {
  const { status } = await fetch(url, requestInterceptor({}));
  form.hidden = status !== 401;
  if (status !== 401) SwaggerUIBundle({ url, dom_id: "#page", deepLinking: true, validatorUrl: null, requestInterceptor });
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
