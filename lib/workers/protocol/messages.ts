/**
 * What server and worker tell each other as JSON: the two arguments that a worker is started with, its first message,
 * and the heads of calls and answers. The pool passes heads on without reading them.
 * @module
 */
import type { FormatName } from "../../formats/registry.ts";

/** First argument of a worker: all that it must know to answer calls. */
export interface WorkerSettings {
  /** The user module. */
  readonly apiPath: string;
  /** Title, version and description of the OpenAPI document, if they are given. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Do clients get the messages and stacks of errors? */
  readonly debug: boolean;
  /** Does each call print how long its steps took, and what it was called with? */
  readonly profiling: boolean;
  readonly tracing: boolean;
  readonly inputPath: string;
  /** What else requests may refer to: prefixes of paths and URIs. Missing: everything, as on the command line. */
  readonly allowRemoteInputs?: readonly string[];
  readonly outputPath: string;
  /** The largest body, also after decompression, in bytes. */
  readonly maxBodySize: number;
  /** The file with the payload whose vectors UM-Bridge's clients vary, and its format; missing: no UM-Bridge. */
  readonly umbridge?: { readonly file: string; readonly format: FormatName };
}

/** Last argument of a worker: the paths through which it reaches its server. */
export interface ConnectionPaths {
  /** The Unix socket. */
  readonly socket: string;
  /** Shared memory (shared_memory.ts), on Linux. */
  readonly memory?: string;
  /** The file in memory that it prints to (pool/worker_prints.ts), on Linux. */
  readonly prints?: string;
}

/** What a worker sends when it is ready. */
export interface WorkerHello {
  /** The names of the endpoints that the module has the functions for, and of UM-Bridge's operations. */
  readonly endpoints: readonly string[];
}

/** The documents that a worker can write. */
export const DOCUMENTS = ["openapi.json", "input_schema", "output_schema"] as const;
export type DocumentName = typeof DOCUMENTS[number];

/** The head of a request for a document. */
export interface DocumentHead {
  readonly document: DocumentName;
}

/** The head of a call of an endpoint. */
export interface CallHead {
  readonly endpoint: string;
  readonly runId: string;
  /** The folder that relative references in this payload start from, if it is not that of the settings. */
  readonly inputPath?: string;
  readonly bodyFormat: FormatName;
  /** Is the body compressed? */
  readonly gzip?: true;
  /** The format of the answer. */
  readonly format: FormatName;
  readonly compression?: "lz4";
  /** Of a long run: the local file that its progress and its metrics are appended to. */
  readonly events?: string;
}

/** The head of an answer: how the call ended, in the terms of HTTP. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  /** What the server prints to stderr about it. */
  readonly log?: string;
}
