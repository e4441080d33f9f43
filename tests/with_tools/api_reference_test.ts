/** The API reference at /docs in a real browser, by real clicks and keys. Needs chromium. */
import assert from "node:assert/strict";
import { test } from "./test_page.ts";

test("the API reference: Try it out, Execute, and the result is there", {
  module: "vectoradd",
  path: "/docs",
}, async (browser) => {
  await browser.see(`document.querySelector("#operations-Derivatives-jacobian_jacobian_post")`);
  for (const path of ["/apply", "/vector_jacobian_product", "/health"]) {
    await browser.see(`document.querySelector('[data-path="${path}"]')`);
  }
  for (
    const operation of [
      "Computation-apply_apply_post",
      "Derivatives-vector_jacobian_product_vector_jacobian_product_post",
    ]
  ) {
    const place = `#operations-${operation}`;
    await browser.click(`${place} .opblock-summary-control`);
    await browser.click(`${place} .try-out__btn`);
    await browser.click(`${place} .execute`);
    await browser.see(
      `document.querySelector("${place} .live-responses-table tbody .response-col_status")?.textContent.startsWith("200")`,
    );
  }
});

test("the API reference: where the shape of an output is open, words stand for what must be filled in", {
  module: new URL("./open_shape_module.ts", import.meta.url),
  path: "/docs",
}, async (browser) => {
  const place = "#operations-Derivatives-vector_jacobian_product_vector_jacobian_product_post";
  await browser.click(`${place} .opblock-summary-control`);
  await browser.see(`document.querySelector("${place} .body-param__example")?.innerText.includes("cotangent_vector")`);
  assert.deepEqual(
    JSON.parse(await browser.evaluate(`document.querySelector("${place} .body-param__example").innerText`)),
    {
      inputs: { x: [1, 2, 3] },
      vjp_inputs: ["x"],
      vjp_outputs: ["y"],
      cotangent_vector: { y: "an array of the shape of y" },
    },
  );
});

test("the API reference asks for the key of a server that needs one", {
  module: "vectoradd",
  path: "/docs",
  env: { TESSERACT_API_KEY: "secret" },
}, async (browser) => {
  await browser.see(`!document.getElementById("key").hidden`);
  assert.ok(!await browser.evaluate(`!!document.querySelector("[data-path]")`));
  await browser.fill("#key input", "secret");
  await browser.press("Enter");
  await browser.see(`document.querySelector("[data-path='/apply']") && document.getElementById("key").hidden`);
});
