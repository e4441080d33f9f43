/**
 * The port of a server.
 * @module
 */
import { refuseConnections } from "../host/listening_socket.ts";

/** Answers requests. */
export type Handle = (request: Request) => Promise<Response>;

/** Milliseconds until it is tried again to listen, when there were too many open files. */
const RETRY = 100;
/** That there are too many is said once in so many milliseconds. */
const QUIET = 60_000;

/** Listens at a port until it is closed, whatever happens to single connections. */
export class Listener {
  #server: Deno.HttpServer<Deno.NetAddr>;
  #isClosed = false;
  #saidAt = -Infinity;

  /** Throws if the port cannot be listened at. */
  constructor(
    private readonly hostname: string,
    port: number,
    private readonly handle: Handle,
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
      try {
        await this.#server.finished;
        return;
      } catch (error) {
        if (this.#isClosed) return;
        this.#explain(error);
      }
      for (let isListening = false; !isListening && !this.#isClosed;) {
        await new Promise((resolve) => setTimeout(resolve, RETRY));
        try {
          this.#server = this.#listen(port);
          isListening = true;
        } catch {
          // There are still too many.
        }
      }
    }
  }

  #explain(error: unknown): void {
    const now = performance.now();
    if (now - this.#saidAt < QUIET) return;
    this.#saidAt = now;
    const reason = error instanceof Error ? error.message : String(error);
    this.warn(
      `Warning: a connection cannot be accepted (${reason}); new ones are accepted again when others are closed.\n`,
    );
  }
}
