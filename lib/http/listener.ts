/**
 * The port of a server.
 * @module
 */
import { refuseConnections, watchListener } from "../host/listening_socket.ts";

/** Milliseconds between attempts to listen again after there were too many open files. */
const RETRY = 100;
/** How often the listening socket is checked, in milliseconds. */
const CHECK = 1000;
/** The warning about too many open files is repeated after so many milliseconds at the earliest. */
const WARN_AGAIN = 60_000;

/** Listens at a port until it is closed, whatever happens to single connections. */
export class Listener {
  #server: Deno.HttpServer<Deno.NetAddr>;
  #isClosed = false;
  #warnedAt = -Infinity;
  /** Kept open, so that there is a descriptor to spare: Deno cannot even write to stderr without one. */
  #spare: Deno.FsFile | undefined = Deno.openSync("/dev/null");

  /** Throws if the port cannot be listened at. */
  constructor(
    private readonly hostname: string,
    port: number,
    private readonly handle: (request: Request) => Promise<Response>,
    private readonly warn: (text: string) => void,
  ) {
    this.#server = this.#listen(port);
    void this.#keepListening();
  }

  /** Where it can be reached. */
  get url(): string {
    const { hostname, port } = this.#server.addr;
    return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }

  /** Accepts no more connections; those that exist go on. */
  async refuseConnections(): Promise<void> {
    this.#isClosed = true;
    await refuseConnections(this.#server.addr.port);
  }

  /** Closes idle connections at once, and the others when their answers are sent. */
  async shutdown(): Promise<void> {
    this.#isClosed = true;
    await this.#server.shutdown();
  }

  #listen(port: number): Deno.HttpServer<Deno.NetAddr> {
    return Deno.serve({ hostname: this.hostname, port, onListen: () => {} }, this.handle);
  }

  /** `Deno.serve` stops listening when it cannot accept a connection, because the process has too many open files. */
  async #keepListening(): Promise<void> {
    const { port } = this.#server.addr;
    while (!this.#isClosed) {
      await this.#untilGone();
      if (this.#isClosed) return;
      this.#warnOfOpenFiles();
      for (let isListening = false; !isListening && !this.#isClosed;) {
        await wait(RETRY);
        try {
          this.#spare ??= Deno.openSync("/dev/null");
          this.#server = this.#listen(port);
          isListening = true;
        } catch {
          // There are still too many open files.
        }
      }
    }
  }

  /** Waits until Deno stops listening. Deno 2.4 reports that only after its last connection: the socket is checked. */
  async #untilGone(): Promise<void> {
    const finished = this.#server.finished.then(() => true, () => true);
    await Promise.race([finished, wait(RETRY)]); // `watchListener` blocks for a moment: not during the first request.
    const isOpen = watchListener(this.#server.addr.port);
    while (!await Promise.race([finished, wait(CHECK)])) {
      if (this.#isClosed || isOpen?.() === false) return;
    }
  }

  #warnOfOpenFiles(): void {
    this.#spare?.close();
    this.#spare = undefined;
    const now = performance.now();
    if (now - this.#warnedAt < WARN_AGAIN) return;
    this.#warnedAt = now;
    this.warn("Warning: Too many open files: new connections are accepted again when others are closed.\n");
  }
}

const wait = (milliseconds: number) =>
  new Promise<false>((resolve) => Deno.unrefTimer(setTimeout(resolve, milliseconds, false)));
