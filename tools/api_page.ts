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
<div id="page"></div>
<script>${script.replaceAll("</script", "<\\/script")}</script>
<script>
const url = location.pathname.replace(/\\/docs\\/?$/, "/openapi.json");
SwaggerUIBundle({ url, dom_id: "#page", deepLinking: true, validatorUrl: null });
</script>
</body>
</html>
`;
const compressed = new Blob([page]).stream().pipeThrough(new CompressionStream("gzip"));
await Deno.writeFile(new URL("../lib/http/api_page.html.gz", import.meta.url), compressed);
