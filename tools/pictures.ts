/**
 * Makes the pictures of the README: `/docs` in a browser, after a call, and `check-gradients` in a terminal. Needs
 * Chromium.
 *
 *     deno run -A tools/pictures.ts
 * @module
 */
import { Browser } from "../tests/with_tools/browser.ts";
import { until } from "../tests/until.ts";

const root = new URL("..", import.meta.url).pathname;

function program(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${root}cli.ts`, ...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  });
}

/** `/docs` of examples/vectoradd: the answer to its example. */
async function pictureOfDocs(path: string): Promise<void> {
  const server = program(["--api-path", "examples/vectoradd/tesseract_api.ts", "--name", "vectoradd"].concat([
    ...["--version=1.0.0", "serve", "--port", "0"],
  ])).spawn();
  let stderr = "";
  const reading = (async () => {
    for await (const chunk of server.stderr) stderr += new TextDecoder().decode(chunk);
  })();
  try {
    await until("the server listens", () => /Listening on \S+/.test(stderr), 60);
    await using browser = await Browser.open();
    const [width, height] = [1000, 1830];
    await browser.look(width, height, "light");
    await browser.goto(`${/Listening on (\S+)/.exec(stderr)![1]}/docs`);
    const apply = "#operations-Computation-apply_apply_post";
    await browser.click(`${apply} .opblock-summary-control`);
    await browser.click(`${apply} .try-out__btn`);
    await browser.click(`${apply} .execute`);
    await browser.see(`document.querySelector("${apply} .live-responses-table tbody .response-col_status")`);
    await browser.evaluate("scrollTo(0, 0)");
    await browser.evaluate("new Promise((resolve) => setTimeout(resolve, 500))");
    const clip = { x: 0, y: 0, width: width - 15, height, scale: 0.6 };
    const { data } = await browser.send("Page.captureScreenshot", { clip }) as { data: string };
    await Deno.writeFile(path, Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
  } finally {
    server.kill("SIGTERM");
    await server.stdout.cancel();
    await reading;
    await server.status;
  }
}

/** What a command prints, as in a terminal. */
async function pictureOfTerminal(path: string, args: readonly string[]): Promise<void> {
  const { stdout } = await program(args).output();
  const lines = [`$ tesseract-runtime ${args.join(" ")}`, ...new TextDecoder().decode(stdout).trimEnd().split("\n")]
    .flatMap((text) => text.match(/.{1,110}(?:\s|$)/g) ?? [text]);
  const [line, margin, character] = [19, 14, 7.8];
  const wide = Math.max(...lines.map((text) => [...text].length)) + 4;
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const texts = lines.map((text, i) =>
    `<text x="${margin}" y="${margin + 14 + i * line}" xml:space="preserve"${i === 0 ? ' fill="#8ec6ff"' : ""}>${
      escape(text)
    }</text>`
  );
  await Deno.writeTextFile(
    path,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(wide * character) + 2 * margin}" height="${
      lines.length * line + 2 * margin
    }" font-family="ui-monospace, monospace" font-size="13" fill="#e6e6e6">
<rect width="100%" height="100%" rx="8" fill="#1e2227"/>
${texts.join("\n")}
</svg>
`,
  );
}

await pictureOfTerminal(`${root}docs/check-gradients.svg`, [
  ...["--api-path", "examples/heat/tesseract_api.ts", "check-gradients", "@examples/heat/payload.json"],
  ...["--seed", "1", "--taylor"],
]);
await pictureOfDocs(`${root}docs/api.png`);
