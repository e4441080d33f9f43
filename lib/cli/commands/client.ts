import { TesseractError } from "../../client/error.ts";
import { connect } from "../../client/connect.ts";
import { writeTypes } from "../../client/write_types.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, messageOf } from "../errors.ts";

/** How long a server may take to answer, in milliseconds. */
const TIMEOUT = 10_000;

/** `client URL`: prints the TypeScript types of the Tesseract at a URL. */
export async function run(
  { io, env, options }: CommandContext<{ readonly apiKey?: string | undefined }>,
  [url]: readonly [string],
): Promise<void> {
  const apiKey = options.apiKey ?? env("TESSERACT_API_KEY");
  try {
    const tesseract = connect(url, { timeout: TIMEOUT, ...apiKey ? { apiKey } : {} });
    io.print(writeTypes(await tesseract.openapi()));
  } catch (error) {
    // These messages contain the address. A failed connection is a TypeError of fetch, without it.
    if (error instanceof TesseractError || error instanceof DOMException) {
      throw new CommandFailed(messageOf(error) + hintOn(error, apiKey));
    }
    if (error instanceof TypeError) throw new CommandFailed(`${url}: ${messageOf(error)}${hintOnUrl(url)}`);
    throw error;
  }
}

function hintOn(error: TesseractError | DOMException, apiKey: string | undefined): string {
  if (!(error instanceof TesseractError)) return "";
  if (error.status === 404) return ". Is it the address of a Tesseract, without the path of an endpoint?";
  if (error.status !== 401) return "";
  return apiKey
    ? ". The key was not accepted"
    : ". Give the key by --api-key KEY, or in the variable TESSERACT_API_KEY";
}

function hintOnUrl(url: string): string {
  if (!/^https?:/i.test(url)) {
    return URL.canParse(`http://${url}`) ? `. Did you mean http://${url.replace(/^\/+/, "")}?` : "";
  }
  return ". Does the server run there? tesseract-runtime serve starts one";
}
