import { TesseractError } from "../../client/error.ts";
import type { Client } from "../../client/client_types.ts";
import { connect } from "../../client/connect.ts";
import { writeTypes } from "../../client/write_types.ts";
import type { CommandContext } from "../command.ts";
import { CommandFailed, messageOf, UsageError } from "../errors.ts";

/** How long a server may take to answer, in milliseconds. */
const TIMEOUT = 10_000;

/** `client URL`: prints the TypeScript types of the Tesseract at a URL. */
export async function run(
  { io, env, options }: CommandContext<{ readonly apiKey?: string | undefined }>,
  [url]: readonly [string],
): Promise<void> {
  const apiKey = options.apiKey ?? env("TESSERACT_API_KEY");
  const tesseract = open(url, apiKey);
  try {
    io.print(writeTypes(await tesseract.openapi()));
  } catch (error) {
    // TypeError: no answer; DOMException: no answer in time. All these messages name the address.
    const isExpected = error instanceof TesseractError || error instanceof DOMException || error instanceof TypeError;
    if (!isExpected) throw error;
    throw new CommandFailed(messageOf(error) + hintOn(error, apiKey));
  }
}

function open(url: string, apiKey: string | undefined): Client {
  try {
    return connect(url, { timeout: TIMEOUT, ...apiKey ? { apiKey } : {} });
  } catch (error) {
    throw new UsageError(messageOf(error)); // It is not a URL.
  }
}

/** Advice for the command line, which the client library cannot give. */
function hintOn(error: Error, apiKey: string | undefined): string {
  const status = error instanceof TesseractError ? error.status : undefined;
  if (status === 404) return "; is it the address of a Tesseract, without the path of an endpoint?";
  return status === 401 && !apiKey ? "; give it by --api-key KEY or TESSERACT_API_KEY" : "";
}
