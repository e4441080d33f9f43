/**
 * The same call, to copy.
 * @module
 */
import { jsonText } from "./json.js";

/** The texts by the name of the language. `isKeyed`: the server asks for a key, which is in TESSERACT_API_KEY. */
export function snippets(url, inputs, isKeyed) {
  return {
    curl: curl(url, inputs, isKeyed),
    Python: python(url, inputs, isKeyed),
    TypeScript: typescript(url, inputs, isKeyed),
  };
}

/** In a shell nothing within single quotes means anything. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(url, inputs, isKeyed) {
  const key = isKeyed ? ` -H "Authorization: Bearer $TESSERACT_API_KEY"` : "";
  const data = quoted(jsonText({ inputs }));
  return `curl -s ${quoted(`${url}apply`)} -H 'Content-Type: application/json'${key} -d ${data}\n`;
}

function python(url, inputs, isKeyed) {
  const key = isKeyed ? `    "Authorization": "Bearer " + os.environ["TESSERACT_API_KEY"],\n` : "";
  return `import json
${isKeyed ? "import os\n" : ""}import urllib.request

inputs = ${pythonText(inputs)}

request = urllib.request.Request(${JSON.stringify(`${url}apply`)}, json.dumps({"inputs": inputs}).encode(), {
    "Content-Type": "application/json",
${key}})
with urllib.request.urlopen(request) as answer:
    outputs = json.load(answer)
print(outputs)
`;
}

/** A value as Python writes it; between quotes JSON and Python agree. */
function pythonText(value) {
  return jsonText(value, 4).replace(
    /"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g,
    (part) => ({ true: "True", false: "False", null: "None" })[part] ?? part,
  );
}

function typescript(url, inputs, isKeyed) {
  const key = isKeyed ? `, { apiKey: Deno.env.get("TESSERACT_API_KEY")! }` : "";
  return `import { connect } from "@tesseract/runtime/client";

const tesseract = connect(${JSON.stringify(url)}${key});
const outputs = await tesseract.apply(${typescriptText(inputs)});
console.log(outputs);
`;
}

/** Integers that a number cannot hold are bigints. */
const typescriptText = (value) =>
  jsonText(value, 2).replace(
    /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi,
    (part) => /^-?\d+$/.test(part) && !Number.isSafeInteger(Number(part)) ? `${part}n` : part,
  );
