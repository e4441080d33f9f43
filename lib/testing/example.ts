import type { TesseractModule } from "../api/tesseract.ts";
import { exampleValue } from "../schema/example_value.ts";
import { isRecord } from "../is_record.ts";

/** A payload of `apply`. */
export interface Example {
  readonly payload: { readonly inputs: unknown };
  /** Where it is from: `payload.json`, `test_cases/small.json`, `the examples of InputSchema`. */
  readonly from: string;
  /** Was it made from the schema alone? Then it may be invalid. */
  readonly isMadeUp: boolean;
}

/**
 * The example of a component: `payload.json` beside the module, else the payload of the first of `test_cases/*.json`
 * that is expected to succeed, else the `examples` of its input schema, else one that is made from the schema.
 */
export async function exampleOf({ file, inputs }: Pick<TesseractModule, "file" | "inputs">): Promise<Example> {
  const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
  const written = folder === "" ? undefined : await payloadFile(folder) ?? await firstTestCase(folder);
  const payload = { inputs: exampleValue(inputs) };
  if (written) return { ...written, isMadeUp: false };
  return inputs.examples?.length
    ? { payload, from: "the examples of InputSchema", isMadeUp: false }
    : { payload, from: "one made from InputSchema", isMadeUp: true };
}

type Written = Omit<Example, "isMadeUp">;

async function payloadFile(folder: string): Promise<Written | undefined> {
  const payload = await readObject(`${folder}/payload.json`);
  return payload && "inputs" in payload ? { payload: { inputs: payload["inputs"] }, from: "payload.json" } : undefined;
}

async function firstTestCase(folder: string): Promise<Written | undefined> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${folder}/test_cases`)) if (name.endsWith(".json")) names.push(name);
  } catch {
    return undefined; // there is no such folder
  }
  for (const name of names.sort()) {
    const { endpoint, payload, expected_exception } = await readObject(`${folder}/test_cases/${name}`) ?? {};
    // the inputs of abstract_eval have no values
    if (expected_exception != null || endpoint === "abstract_eval" || !isRecord(payload)) continue;
    if ("inputs" in payload) return { payload: { inputs: payload["inputs"] }, from: `test_cases/${name}` };
  }
  return undefined;
}

/** The object in a JSON file; `undefined` if it cannot be read. (A command that is given the file reports why.) */
async function readObject(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(path));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
