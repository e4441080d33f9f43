/**
 * What the server writes to stderr: lines for people, or one JSON object a line (`--log-format json`).
 * @module
 */
import type { Exchange } from "./exchange.ts";
import type { LogFormat } from "./log_format.ts";
import { pathOf } from "./path.ts";

/** The call that a line belongs to. */
export interface LogContext {
  readonly runId?: string | undefined;
  /** As the client sent it: W3C Trace Context, `00-<trace id>-<parent id>-<flags>`. */
  readonly traceparent?: string | undefined;
}

/** The log. */
export interface Log {
  /** Whole lines that need no more context: of the server itself, or printed by a run (`[run id] text`). */
  lines(text: string): Promise<void>;
  /** An error of a call, of one line or several. */
  error(text: string, context: LogContext): void;
  /** A request was answered with this status. Only in JSON. */
  readonly access?: (exchange: Exchange, status: number) => void;
}

/** Makes a log of whole lines, which `write` writes. */
export function createLog(format: LogFormat, write: (text: string) => Promise<void>): Log {
  return format === "json" ? jsonLog(write) : textLog(write);
}

function textLog(write: (text: string) => Promise<void>): Log {
  return {
    lines: write,
    error(text, { runId }) {
      const prefix = runId === undefined ? "" : `[${runId}] `;
      void write(linesOf(text).map((line) => `${prefix}${line}\n`).join(""));
    },
  };
}

function jsonLog(write: (text: string) => Promise<void>): Log {
  const entry = (level: string, fields: Record<string, unknown>) =>
    `${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`;
  const context = ({ runId, traceparent }: LogContext) => ({ run_id: runId, traceparent });
  return {
    lines(text) {
      return write(
        linesOf(text).map((line) => {
          const [, runId, message] = /^\[([\w.-]{1,128})\] (.*)$/.exec(line) ?? [undefined, undefined, line];
          return entry("info", { message, ...context({ runId }) });
        }).join(""),
      );
    },
    error(text, about) {
      void write(entry("error", { message: text, ...context(about) }));
    },
    access(exchange, status) {
      const { request: { method, url }, seconds, bytesIn, bytesOut } = exchange;
      const path = pathOf(url);
      const message = `${method} ${path} ${status}`;
      const fields = { method, path, status, seconds, bytes_in: bytesIn, bytes_out: bytesOut, ...context(exchange) };
      void write(entry(status < 500 ? "info" : "error", { message, ...fields }));
    },
  };
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}
