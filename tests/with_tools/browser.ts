/**
 * A headless Chromium, driven as a user would: by clicks and keys. It speaks the DevTools protocol, over which every
 * tool of this kind works.
 * @module
 */
import { inTime } from "../../lib/in_time.ts";
import { endChild } from "../program.ts";
import { until } from "../until.ts";

/** The browser does whatever it is told within so many milliseconds. */
const PATIENCE = 120_000;

/** A page in the browser. */
export class Browser implements AsyncDisposable {
  #id = 0;
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: { message: string } }) => void>();
  /** What the page wrote to the console as an error: also what its Content-Security-Policy refused. */
  readonly errors: string[] = [];
  /** The addresses that it asked for. */
  readonly requests: string[] = [];
  readonly #closed: Promise<void>;

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
    this.#closed = new Promise((resolve) => socket.addEventListener("close", () => resolve(), { once: true }));
    void this.#closed.then(() => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "the browser has ended" } });
    });
  }

  static async open(): Promise<Browser> {
    const profile = await Deno.makeTempDir({ prefix: "browser-" });
    const process = startChromium(profile, [
      "--remote-debugging-port=0",
      // nothing but the server can be reached
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "about:blank",
    ]);
    try {
      const browser = new Browser(process, await connectTo(profile), profile);
      for (const domain of ["Page", "Runtime", "Network", "Log"]) await browser.send(`${domain}.enable`);
      return browser;
    } catch (error) {
      await endBrowser(process, profile);
      throw error;
    }
  }

  async send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: { message: string } }>();
    this.#waiting.set(id, resolve);
    this.socket.send(JSON.stringify({ id, method, params }));
    const late = () => new Error(`${method} takes longer than ${PATIENCE / 1000} s`);
    const { result, error } = await inTime(promise, PATIENCE, late).finally(() => this.#waiting.delete(id));
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
    const find = `(async () => {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (!element) return;
      element.scrollIntoView({ block: "center" });
      // what is still unfolding moves, and what is drawn above it in the next frame moves it
      const place = () => JSON.stringify(element.getBoundingClientRect());
      for (let before; before !== place();) {
        before = place();
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
      }
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const found = document.elementFromPoint(x, y);
      if (element !== found && !element.contains(found)) return;
      globalThis.isClicked = false;
      element.addEventListener("click", () => globalThis.isClicked = true, { capture: true, once: true });
      return { x, y };
    })()`;
    // It may still have moved away before the mouse is there, or is another element now.
    await until(`${selector} is clicked`, async () => {
      const place = await this.evaluate<{ x: number; y: number } | undefined>(find);
      if (place === undefined) return false;
      for (const type of ["mousePressed", "mouseReleased"]) {
        await this.send("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
      }
      return await this.evaluate<boolean>("globalThis.isClicked");
    });
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
    await endBrowser(this.process, this.profile);
    await this.#closed;
  }
}

/** Starts a browser without a window, whose files are in a folder of its own. */
export const startChromium = (profile: string, args: readonly string[]): Deno.ChildProcess =>
  new Deno.Command("chromium", {
    args: [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`],
      // the memory for that is small in a container
      "--disable-dev-shm-usage",
      ...args,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();

export async function endBrowser(process: Deno.ChildProcess, profile: string): Promise<void> {
  await inTime(endChild(process, "SIGTERM"), PATIENCE, () => "late").catch(() => endChild(process));
  await Deno.remove(profile, { recursive: true }).catch(() => {});
}

/** A connection to the page of a browser that was just started. */
async function connectTo(profile: string): Promise<WebSocket> {
  let port: string | undefined;
  await until("Chromium listens", async () => {
    port = /^(\d+)\n/.exec(await Deno.readTextFile(`${profile}/DevToolsActivePort`).catch(() => ""))?.[1];
    return port !== undefined;
  }, PATIENCE / 1000);
  let page: { type: string; webSocketDebuggerUrl: string } | undefined;
  // It listens before it has its first page.
  await until("Chromium has a page", async () => {
    const targets: { type: string; webSocketDebuggerUrl: string }[] =
      await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    page = targets.find(({ type }) => type === "page");
    return page !== undefined;
  });
  const socket = new WebSocket(page!.webSocketDebuggerUrl);
  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error("Chromium takes no connection")), { once: true });
  });
  await inTime(opened, PATIENCE, () => new Error("Chromium does not take a connection"));
  return socket;
}
