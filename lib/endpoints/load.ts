import type { TesseractModule } from "../api/tesseract.ts";
import { importLater } from "../import_later.ts";
import type { Endpoint } from "./endpoint.ts";
import { availableEndpoints } from "./endpoints.ts";

/** Loads the endpoints that a module has over HTTP; `test`, which needs no function of the user's, in debug mode only. */
export async function loadEndpoints(module: TesseractModule, debug: boolean): Promise<Endpoint[]> {
  const endpoints = await Promise.all(availableEndpoints(module).map((entry) => entry.load()));
  if (debug) endpoints.push((await importLater<typeof import("./test.ts")>("endpoints/test.ts")).test);
  return endpoints;
}
