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
    // A TypeError: the URL is none, or no answer came; a DOMException: it did not come in time. All name the address.
    const isExpected = error instanceof TesseractError || error instanceof DOMException || error instanceof TypeError;
    throw isExpected ? new CommandFailed(messageOf(error)) : error;
  }
}
