/**
 * What whoever calls a Tesseract imports: a Tesseract in any language, from Deno, Node, browsers and workers.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect } from "@tesseract/runtime/client";
 * import type vectoradd from "./examples/vectoradd/tesseract_api.ts"; // types only: nothing of it is loaded
 *
 * const tesseract = connect<typeof vectoradd>("http://127.0.0.1:8000", { apiKey: "…" });
 * const inputs = { a: [1, 2, 3], b: [4, 5, 6] };
 * const run = async () => {
 *   const { result } = await tesseract.apply(inputs); // result.data is a Float32Array
 *   return result.data;
 * };
 * ```
 *
 * @module
 */
export type { CallOptions, Client, ConnectOptions, Run } from "./lib/client/client_types.ts";
export { connect } from "./lib/client/connect.ts";
export { TesseractError } from "./lib/client/error.ts";
