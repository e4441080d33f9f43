/** Components of one test, and UM-Bridge's operations on them as a worker runs them. */
import assert from "node:assert/strict";
import { loadModule } from "../../lib/check/inspect.ts";
import { answer } from "../../lib/endpoints/pipeline.ts";
import { RunContext } from "../../lib/runs/run_context.ts";
import { faultJson } from "../../lib/schema/messages.ts";
import { loadOperations } from "../../lib/umbridge/load.ts";
import { withFiles } from "../api/user_module.ts";

/** What a call gave: its answer, or the type and message of the first thing that is wrong. */
export type Called = Record<string, unknown> & { type?: string; message?: string };
export type Post = (operation: string, request: unknown) => Promise<Called>;

const encoder = new TextEncoder();

/** Loads a module from its text, with a payload. Its imports stand before it. */
export function withComponent<T>(source: string, payload: unknown, use: (post: Post) => Promise<T>): Promise<T> {
  const head =
    'import { array, customDerivative, defineTesseract, differentiable, inputPath, scalar, z } from "@tesseract/runtime";\n';
  const files = { "tesseract_api.ts": head + source, "payload.json": JSON.stringify(payload), "data.txt": "7" };
  return withFiles(files, async (path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const places = { inputPath: folder, allowed: [], outputBase: folder, keep: false };
    const module = await loadModule(path);
    const operations = await loadOperations(module, { file: `${folder}/payload.json`, format: "json" }, places);
    return await use(async (name, request) => {
      const endpoint = operations.find((operation) => operation.name === name);
      assert(endpoint, `there is no operation ${name}`);
      const body = [encoder.encode(typeof request === "string" ? request : JSON.stringify(request))];
      const context = new RunContext("test", places, "");
      const outcome = await answer(module, { endpoint, body, bodyFormat: "json", format: "json", context });
      if (outcome.status === "failed") throw outcome.error;
      if (outcome.status === "invalid") {
        const { type, msg, loc } = faultJson(outcome.faults[0]!, []);
        return { type, message: `${loc.join(".")}: ${msg}` };
      }
      let text = "";
      const decoder = new TextDecoder();
      for await (const chunk of outcome.chunks) text += decoder.decode(chunk, { stream: true });
      return JSON.parse(text);
    });
  });
}
