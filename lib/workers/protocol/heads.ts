/**
 * What the HTTP side and a worker say to each other about a call. The pool passes it on without looking.
 * @module
 */
import type { FormatName } from "../../formats/registry.ts";

/** What a worker must know to run. */
export interface WorkerSettings {
  /** The user module. */
  readonly apiPath: string;
  /** Title, version and description of the OpenAPI document, if they are given. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Do clients get the messages and stacks of errors? */
  readonly debug: boolean;
  /** Is it printed where the time of each call went, and what it was asked for? */
  readonly profiling: boolean;
  readonly tracing: boolean;
  readonly inputPath: string;
  /** What else requests may refer to: prefixes of paths and URIs. Missing: everything, as on the command line. */
  readonly allowRemoteInputs?: readonly string[];
  readonly outputPath: string;
  /** Of a body, also after decompression, in bytes. */
  readonly maxBodySize: number;
  /** The file with the payload whose vectors UM-Bridge's clients vary, and its format; missing: no UM-Bridge. */
  readonly umbridge?: { readonly file: string; readonly format: FormatName };
}

/** What a worker says when it is ready. */
export interface WorkerHello {
  /** The names of the endpoints that the module has the functions for, and of UM-Bridge's operations. */
  readonly endpoints: readonly string[];
}

/** The documents that a worker can write. */
export const DOCUMENTS = ["openapi.json", "input_schema", "output_schema"] as const;
export type DocumentName = typeof DOCUMENTS[number];

/** A request for a document. */
export interface DocumentHead {
  readonly document: DocumentName;
}

/** A call of an endpoint. */
export interface CallHead {
  readonly endpoint: string;
  readonly runId: string;
  /** Where relative references in this payload start from, if not where those of all do. */
  readonly inputPath?: string;
  readonly bodyFormat: FormatName;
  /** Is the body compressed? */
  readonly gzip?: true;
  /** Of the answer. */
  readonly format: FormatName;
  readonly compression?: "lz4";
  /** Of a long run: the local file that its progress and its metrics are appended to. */
  readonly events?: string;
}

/** How a call ended, in the terms of HTTP. */
export interface ReplyHead {
  readonly status: number;
  readonly contentType: string;
  /** What stands on stderr about it. */
  readonly log?: string;
}
