/**
 * A headless Chromium, driven as a user would: by clicks and keys. It speaks the DevTools protocol, over which every
 * tool of this kind works.
 * @module
 */
import { until } from "../until.ts";

/** A page in the browser. */
export class Browser implements AsyncDisposable {
  #id = 0;
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: { message: string } }) => void>();
  /** What the page wrote to the console as an error: also what its Content-Security-Policy refused. */
  readonly errors: string[] = [];
  /** The addresses that it asked for. */
  readonly requests: string[] = [];

  private constructor(
    private readonly process: Deno.ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
      if (message.method === "Network.requestWillBeSent") this.requests.push(message.params.request.url);
      if (message.method === "Log.entryAdded" && message.params.entry.level === "error") {
        this.errors.push(`${message.params.entry.text} ${message.params.entry.url ?? ""}`);
      }
      if (message.method === "Runtime.exceptionThrown") {
        this.errors.push(JSON.stringify(message.params.exceptionDetails.exception?.description));
      }
    });
    socket.addEventListener("close", () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "the browser has ended" } });
    });
  }

  static async open(): Promise<Browser> {
    const profile = await Deno.makeTempDir({ prefix: "browser-" });
    const process = new Deno.Command("chromium", {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        // nothing but the server can be reached
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "about:blank",
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const listening = async () =>
      (await Deno.readTextFile(`${profile}/DevToolsActivePort`).catch(() => "")).split("\n");
    await until("Chromium listens", async () => (await listening()).length > 1, 60);
    const [port] = await listening();
    const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const page = pages.find(({ type }: { type: string }) => type === "page");
    const socket = new WebSocket(page.webSocketDebuggerUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const browser = new Browser(process, socket, profile);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  async send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: { message: string } }>();
    this.#waiting.set(id, resolve);
    this.socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as Record<string, unknown>;
  }

  async goto(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
  }

  /** The size of the window, and the theme. */
  async look(width: number, height: number, theme: "light" | "dark"): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }] });
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    }) as { result: { value: T }; exceptionDetails?: { exception: { description: string } } };
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
  }

  /** Waits until an expression is true in the page. */
  async see(expression: string, seconds = 60): Promise<void> {
    await until(`the page shows ${expression}`, () => this.evaluate(`!!(${expression})`).catch(() => false), seconds);
  }

  /** Clicks in the middle of the element, which must be what is on top there. */
  async click(selector: string): Promise<void> {
    await this.see(`document.querySelector(${JSON.stringify(selector)})`);
    const find = `(async () => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      // what is still unfolding moves
      const place = () => JSON.stringify(element.getBoundingClientRect());
      for (let before; before !== place();) {
        before = place();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const found = document.elementFromPoint(x, y);
      return { x, y, onTop: element === found || element.contains(found) };
    })()`;
    // what is drawn above it may still move it out of the window
    let [x, y, onTop] = [0, 0, false];
    await until(`nothing covers ${selector}`, async () => {
      ({ x, y, onTop } = await this.evaluate<{ x: number; y: number; onTop: boolean }>(find));
      return onTop;
    });
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** Puts a text into a field, in place of what is there. */
  async fill(selector: string, text: string): Promise<void> {
    await this.click(selector);
    await this.evaluate("document.activeElement.select()");
    await this.send("Input.insertText", { text });
  }

  async press(key: string): Promise<void> {
    const code = { Enter: 13, Tab: 9, ArrowDown: 40, ArrowRight: 39, " ": 32 }[key];
    const text = { Enter: "\r", " ": " " }[key];
    for (const type of ["keyDown", "keyUp"]) {
      await this.send("Input.dispatchKeyEvent", {
        type,
        key,
        code: key === " " ? "Space" : key,
        windowsVirtualKeyCode: code,
        ...text && type === "keyDown" ? { text } : {},
      });
    }
  }

  /** A picture of the whole page, as PNG. */
  async picture(path: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true }) as { data: string };
    await Deno.writeFile(path, Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    this.process.kill("SIGTERM");
    await this.process.status;
    await Deno.remove(this.profile, { recursive: true }).catch(() => {});
  }
}
