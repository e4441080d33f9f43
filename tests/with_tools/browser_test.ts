/** A component's own page in a real browser, by real clicks and keys. Needs chromium. */
import assert from "node:assert/strict";
import { until } from "../until.ts";
import type { Browser } from "./browser.ts";
import { test } from "./test_page.ts";

const heat = new URL("../../examples/heat/tesseract_api.ts", import.meta.url);
const long = new URL("../client/long_module.ts", import.meta.url);
const everything = new URL("./page_module.ts", import.meta.url);

/** (The page before it is none that is busy, either.) */
const loaded = `document.getElementById("form") && !document.body.hasAttribute("aria-busy")`;
const done = `document.getElementById("status").textContent.startsWith("Done")`;

/** Runs, and waits until that is done. What stands there of an earlier run is no end of this one. */
async function run(browser: Browser): Promise<void> {
  await browser.evaluate(`document.getElementById("status").textContent = ""`);
  await browser.click("#run");
  await browser.see(done);
}

/** Runs until a run was fast: then each change computes at once. */
const runFast = (browser: Browser) =>
  until("a run takes less than a second", async () => {
    await run(browser);
    return await browser.evaluate(`!document.getElementById("live-label").hidden`);
  }, 120);

/** The selector of a field's control by its label, marked in the page so that it can be clicked. */
async function control(browser: Browser, label: string, within = "input, select, textarea"): Promise<string> {
  const found = await browser.evaluate<boolean>(`(() => {
    for (const field of document.querySelectorAll("#fields .field")) {
      const name = field.querySelector("legend, label")?.textContent;
      if (name !== ${JSON.stringify(label)}) continue;
      document.querySelector("[data-test]")?.removeAttribute("data-test");
      field.querySelector(${JSON.stringify(within)}).setAttribute("data-test", "");
      return true;
    }
    return false;
  })()`);
  assert.ok(found, `there is no field ${label}`);
  return "[data-test]";
}

/** What is sent for a field, as curl would send it. */
async function sent(browser: Browser): Promise<Record<string, unknown>> {
  const text = await browser.evaluate<string>(`document.querySelector("[data-language=curl]").textContent`);
  return JSON.parse(text.slice(text.indexOf("-d '") + 4, text.lastIndexOf("'"))).inputs;
}

/** A line plot draws itself in the frame after it is in the document, once its width is known. */
const plotted = (name: string) => `${output(name)}.querySelector(".u-over")`;

const output = (name: string) =>
  `[...document.querySelectorAll("#outputs .output")].find((one) => one.querySelector("h3").textContent === ${
    JSON.stringify(name)
  })`;

/** The colours of a heat map. */
const colors = (place: string) =>
  `(() => { const canvas = ${place}.querySelector("canvas");
  return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].join() })()`;

test("heat: Run shows the plate; a change of an input changes it at once", { module: heat }, async (browser) => {
  await browser.see(loaded);
  await runFast(browser);
  const before = await browser.evaluate<string>(colors(output("temperature")));
  await browser.fill("[aria-label='temperature row 2, column 3']", "900");
  await browser.see(`${colors(output("temperature"))} !== ${JSON.stringify(before)}`);
  assert.deepEqual((await sent(browser))["temperature"], [[400, 300, 300], [300, 300, 900]]);
  await browser.click("#outputs details summary");
  await browser.see(`${output("temperature")}.querySelector("table")`);
});

test("heat: derivatives of the chosen output by the chosen input", { module: heat }, async (browser) => {
  await browser.see(loaded);
  await browser.click("#run");
  await browser.see(done);
  for (const way of ["jacobian", "vector_jacobian_product", "jacobian_vector_product"]) {
    await browser.evaluate(`(() => {
      const select = document.querySelectorAll("#derivatives select")[2];
      select.selectedIndex = ${["vector_jacobian_product", "jacobian_vector_product", "jacobian"].indexOf(way)};
      select.dispatchEvent(new Event("change"));
    })()`);
    const size = way === "jacobian" ? "[6, 6]" : "[2, 3]";
    await browser.click("#derivatives button");
    await browser.see(`document.querySelector("#derivatives .output .type")?.textContent === "float64 ${size}" &&
      !document.querySelector("#derivatives [aria-busy]")`);
  }
});

test("heat: an error is at its field, which gets the focus", { module: heat }, async (browser) => {
  await browser.see(loaded);
  const steps = await control(browser, "steps");
  await browser.fill(steps, "2.5");
  await browser.click("#run");
  await browser.see(`document.querySelector(".faulty .fault:not([hidden])")`);
  const state = await browser.evaluate<Record<string, unknown>>(`(() => {
    const input = document.querySelector("[data-test]");
    const about = input.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent);
    return { isFocused: document.activeElement === input, invalid: input.getAttribute("aria-invalid"), about };
  })()`);
  assert.equal(state["isFocused"], true);
  assert.equal(state["invalid"], "true");
  assert.match(String((state["about"] as string[])[1]), /integer/);
  await browser.fill(steps, "4");
  await browser.click("#run");
  await browser.see(`${done} && !document.querySelector(".faulty")`);
});

test("vectoradd: by the keyboard alone", { module: "vectoradd" }, async (browser) => {
  await browser.see(loaded);
  await browser.evaluate(`document.getElementById("reset").focus()`);
  await browser.press("Tab");
  assert.equal(await browser.evaluate("document.activeElement.getAttribute('aria-label')"), "a");
  await browser.evaluate("document.activeElement.select()");
  await browser.send("Input.insertText", { text: "10 20 30" });
  for (let i = 0; i < 20 && await browser.evaluate("document.activeElement.id") !== "run"; i++) {
    await browser.press("Tab");
  }
  await browser.press("Enter");
  await browser.see(done);
  await browser.see(plotted("result"));
  assert.match(
    await browser.evaluate(`${output("result")}.querySelector("[role=img]").ariaLabel`),
    /3 numbers from 11 to 33/,
  );
});

test("nested: lists, records, unions", { module: "nested" }, async (browser) => {
  await browser.see(loaded);
  await browser.click(await control(browser, "layers", ":scope > .group > .add"));
  await browser.click(await control(browser, "tables", ".add"));
  await browser.evaluate(`document.querySelector("#call details").open = true`);
  const { layers, tables } = await sent(browser) as { layers: unknown[]; tables: object };
  assert.equal(layers.length, 2);
  assert.deepEqual(layers[0], layers[1]);
  assert.deepEqual(tables, { name1: [1, 1, 1] });
  await browser.click("#run");
  await browser.see(done);
  await browser.see(`${output("activations")}.querySelectorAll(".u-over").length === 2`);
});

test("each kind of field: what is put in is what comes out", { module: everything }, async (browser) => {
  await browser.see(loaded);
  const fill = async (label: string, text: string) => await browser.fill(await control(browser, label), text);
  await fill("number", "-1e-3");
  await fill("whole", "12");
  await fill("text", "a 'quoted' text");
  await fill("scalar", "2.5");
  await fill("integer", "9007199254740993");
  await fill("vector", "1 2.5, -3");
  await fill("complex", "0.5-1j 2");
  await fill("mask", "false true true");
  await fill("half", "0.25 2");
  await fill("cube", "[[[0, 0], [0, 0]], [[0, 0], [0, 9]]]");
  await browser.fill("[aria-label='matrix row 2, column 1']", "30");
  await browser.click(await control(browser, "flag"));
  await browser.click(await control(browser, "note"));
  await browser.fill(await control(browser, "note", ".inner input"), "noted");
  await browser.click(await control(browser, "optional"));
  await browser.click(await control(browser, "list", ".add"));
  await browser.click(await control(browser, "bounded", "input[type=range]"));
  await browser.press("ArrowRight");
  const kinds = await browser.evaluate(
    `[...document.querySelectorAll("[aria-label='kind of union'] option")].map((one) =>
    one.text)`,
  );
  assert.deepEqual(kinds, ["point", "range"]);
  await browser.evaluate(`(() => {
    for (const [label, index] of [["choice", 1], ["union", 1]]) {
      const field = [...document.querySelectorAll("#fields .field")]
        .find((field) => field.querySelector("legend, label").textContent === label);
      const select = field.querySelector("select");
      select.selectedIndex = index;
      select.dispatchEvent(new Event("change"));
    }
  })()`);
  await browser.click("#run");
  await browser.see(done);
  const expected = {
    number: -0.001,
    bounded: 5.1,
    whole: 12,
    choice: "green",
    flag: true,
    text: "a 'quoted' text",
    note: "noted",
    optional: 0,
    list: [1, 2, 2],
    record: { a: 1 },
    pair: [1, "one"],
    union: { kind: "range", from: 0, to: 0 },
    scalar: 2.5,
    vector: [1, 2.5, -3],
    matrix: [[1, 2], [30, 4]],
    cube: [[[0, 0], [0, 0]], [[0, 0], [0, 9]]],
    complex: ["0.5-1j", 2],
    mask: [false, true, true],
    half: [0.25, 2],
    anything: [1, 2],
    x: 1,
  };
  // what curl sends escapes a quote for the shell, and JSON.parse here rounds the large integer
  const text = await browser.evaluate<string>(`document.querySelector("[data-language=TypeScript]").textContent`);
  assert.ok(text.includes(`"integer": 9007199254740993n`));
  const inputs = text.slice(text.indexOf("apply(") + 6, text.lastIndexOf(");\nconsole")).replaceAll(/(\d)n\b/g, "$1");
  const { integer: _, ...others } = JSON.parse(inputs);
  assert.deepEqual(others, expected);
  const shown = (name: string) => browser.evaluate<string>(`${output(name)}.querySelector(".value").textContent`);
  assert.equal(await shown("integer"), "9007199254740993");
  assert.equal(await shown("note"), "noted");
  assert.equal(await shown("square"), "1");
  await browser.see(plotted("complex"));
  assert.match(await browser.evaluate(`${output("complex")}.textContent`), /real.*imaginary/);
  assert.match(await browser.evaluate(`${output("half")}.querySelector("[role=img]").ariaLabel`), /from 0.25 to 2/);
  await browser.fill(await control(browser, "x"), "3");
  await browser.click("#derivatives button");
  // However fast a run is here: the derivatives follow the last one.
  await run(browser);
  await browser.see(`document.querySelector("#derivatives .value")?.textContent === "6"`);
});

test(
  "derivatives are those of the last run, also where their answers come late",
  { module: everything },
  async (browser) => {
    await browser.see(loaded);
    await run(browser);
    await browser.evaluate(`{
    const { fetch } = globalThis;
    let isFirst = true;
    globalThis.fetch = async (url, init) => {
      if (!url.endsWith("vector_jacobian_product") || !isFirst) return await fetch(url, init);
      isFirst = false;
      await new Promise((resolve) => globalThis.release = resolve);
      return await fetch(url, init);
    };
  }`);
    await browser.click("#derivatives button");
    await browser.see("globalThis.release");
    await browser.fill(await control(browser, "x"), "3");
    await run(browser);
    const shown = `document.querySelector("#derivatives .value")?.textContent`;
    await browser.see(`${shown} === "6"`);
    const late = `performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("_product")).length`;
    const before = await browser.evaluate<number>(late);
    await browser.evaluate("globalThis.release()");
    await browser.see(`${late} > ${before}`);
    assert.equal(await browser.evaluate(`new Promise((go) => setTimeout(go, 300)).then(() => ${shown})`), "6");
  },
);

test("an array from a file", { module: everything }, async (browser) => {
  await browser.see(loaded);
  // NumPy's own bytes of np.save(…, np.array([[1.5, 2.5]]))
  const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }".padEnd(117) + "\n";
  const choose = (label: string, name: string, bytes: string) =>
    browser.evaluate(`(() => {
      const files = new DataTransfer();
      files.items.add(new File([${bytes}], ${JSON.stringify(name)}));
      const input = document.querySelector("[aria-label='File for ${label}']");
      input.files = files.files;
      input.dispatchEvent(new Event("change"));
    })()`);
  await choose(
    "matrix",
    "m.npy",
    `new Uint8Array([147, 78, 85, 77, 80, 89, 1, 0, 118, 0]), ${JSON.stringify(header)}, new Float64Array([1.5, 2.5])`,
  );
  await choose("vector", "v.csv", `"time\\n7\\n8\\n9\\n"`);
  await browser.see(
    `document.body.textContent.includes("from m.npy") && document.body.textContent.includes("from v.csv")`,
  );
  await browser.click("#run");
  await browser.see(done);
  const label = (name: string) => browser.evaluate<string>(`${output(name)}.querySelector("[role=img]").ariaLabel`);
  assert.match(await label("matrix"), /1 × 2, from 1.5 to 2.5/);
  assert.match(await label("vector"), /3 numbers from 7 to 9/);
  await choose("matrix", "m.npy", `"nonsense"`);
  await browser.see(`document.body.textContent.includes("m.npy cannot be read")`);
});

test("a key: the page asks for it, again if it is wrong", {
  module: "vectoradd",
  env: { TESSERACT_API_KEY: "secret" },
}, async (browser) => {
  await browser.see(`document.querySelector("dialog[open]")`);
  await browser.fill("#key", "wrong");
  await browser.press("Enter");
  await browser.see(`document.querySelector("dialog[open] .fault")`);
  await browser.fill("#key", "secret");
  await browser.press("Enter");
  await browser.see(loaded);
  await browser.click("#run");
  await browser.see(done);
  assert.match(
    await browser.evaluate(`document.querySelector("[data-language=curl]").textContent`),
    /TESSERACT_API_KEY/,
  );
});

test("a long run: progress, log and outputs, also when the page is loaded anew", {
  module: long,
}, async (browser, server) => {
  const gate = await Deno.makeTempFile();
  await Deno.remove(gate);
  await browser.see(loaded);
  await browser.fill(await control(browser, "x"), "3");
  await browser.fill(await control(browser, "gate"), gate);
  await browser.click("#long");
  await browser.click("#run");
  const isShown = `document.getElementById("log").textContent.includes("begun with 3") &&
    document.getElementById("progress").value === 0.25 &&
    document.getElementById("message").textContent === "waiting for the gate"`;
  await browser.see(isShown);
  await browser.goto("about:blank");
  await browser.goto(`http://127.0.0.1:${server.port}/`);
  await browser.see(`${loaded} && ${isShown}`);
  assert.equal(await browser.evaluate(`document.getElementById("run").textContent`), "Stop");
  assert.deepEqual(await sent(browser), { x: 3, gate });
  await Deno.writeTextFile(gate, "");
  await browser.see(`${done} && ${output("y")}.querySelector(".value").textContent === "6"`);
  assert.match(await browser.evaluate(`document.getElementById("log").textContent`), /begun with 3\ndone$/);
  assert.ok(await browser.evaluate(`document.getElementById("progress").hidden`));
  await Deno.remove(gate);
});

test("what takes longer than 5 seconds is a long run the next time", { module: long }, async (browser) => {
  const gate = await Deno.makeTempFile();
  await Deno.remove(gate);
  await browser.see(loaded);
  await browser.fill(await control(browser, "gate"), gate);
  await browser.click("#run");
  await browser.see(`/^Running… (5\\.[1-9]|[6-9]|[1-9]\\d)/.test(document.getElementById("status").textContent)`, 60);
  assert.ok(!await browser.evaluate(`document.getElementById("long").checked`));
  await Deno.writeTextFile(gate, "");
  await browser.see(`${done} && document.getElementById("long").checked`);
  await Deno.remove(gate);
});

test("a long run is cancelled by Stop, and a fault is at its field", { module: long }, async (browser, server) => {
  await browser.see(loaded);
  await browser.fill(await control(browser, "gate"), "/nowhere");
  await browser.click("#long");
  await browser.click("#run");
  await browser.see(`document.getElementById("progress").value === 0.25`);
  await browser.click("#run");
  await browser.see(`document.getElementById("status").textContent === "Stopped"`);
  const { runs } = await (await fetch(`http://127.0.0.1:${server.port}/runs`)).json();
  assert.deepEqual(runs.map(({ status }: { status: string }) => status), ["cancelled"]);
  await browser.fill(await control(browser, "x"), "one");
  await browser.click("#run");
  await browser.see(`document.querySelector("[data-test][aria-invalid=true]")`);
});

/** What of the chosen text of each select is wider than there is room for. */
const cutSelects = `[...document.querySelectorAll("select")].filter((select) => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = getComputedStyle(select).font;
  const ARROW = 20, style = getComputedStyle(select);
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - ARROW;
  return context.measureText(select.selectedOptions[0]?.text ?? "").width > room;
}).map((select) => select.selectedOptions[0].text)`;

/** What has a scroll bar of its own, downwards. */
const nestedScrolls = `[...document.querySelectorAll("body *")].filter((one) =>
  one.clientHeight > 0 && one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)
).map((one) => one.id || one.className || one.tagName)`;

for (const width of [1280, 400]) {
  test(
    `at ${width} pixels the plot is as wide as its card, and no select is cut`,
    { module: heat },
    async (browser) => {
      await browser.look(width, 900, "light");
      await browser.see(loaded);
      await browser.click("#run");
      await browser.see(done);
      await browser.click("#derivatives button");
      await browser.see(`document.querySelector("#derivatives canvas")`);
      const widths = await browser.evaluate<number[][]>(`["#results", "#derivatives"].map((place) => [
      document.querySelector(place + " .output").clientWidth, document.querySelector(place + " canvas").clientWidth])`);
      for (const [card, map] of widths) assert.ok(Math.abs(card! - map!) <= 1, `${map} of ${card} pixels`);
      for (let way = 0; way < 3; way++) {
        await browser.evaluate(`document.querySelectorAll("#derivatives select")[2].selectedIndex = ${way}`);
        assert.deepEqual(await browser.evaluate(cutSelects), []);
      }
    },
  );

  test(
    `at ${width} pixels nothing is wider than the window, or scrolls within it`,
    { module: "nested" },
    async (browser) => {
      await browser.look(width, 800, "dark");
      await browser.see(loaded);
      await browser.click("#run");
      await browser.see(done);
      await browser.see(plotted("activations"));
      await browser.click("#call summary");
      assert.ok(await browser.evaluate<number>("document.documentElement.scrollWidth") <= width);
      assert.deepEqual(await browser.evaluate(nestedScrolls), []);
      assert.deepEqual(await browser.evaluate(cutSelects), []);
      const unnamed = await browser.evaluate<string[]>(
        `[...document.querySelectorAll("input, select, textarea, button")]
      .filter((one) => !one.labels?.length && !one.ariaLabel && !one.textContent).map((one) => one.outerHTML)`,
      );
      assert.deepEqual(unnamed, [], "every control has a name for a screen reader");
    },
  );
}
