/** The first version of Deno whose HTTP/1.1 server answers an offer to upgrade the protocol by 400. */
const FIRST_FAULTY = [2, 8, 3] as const;

/**
 * What is wrong with HTTP in a version of Deno, as a line for the operator; `undefined`: nothing that is known. Tests
 * compare this with what `tests/http/conformance.ts` finds.
 */
export function denoFault(version: string): string | undefined {
  // By numbers: `localeCompare` would load the rules of a language, which takes 7 ms of the server's start.
  const numbers = version.split(".").map((part) => parseInt(part));
  const at = FIRST_FAULTY.findIndex((number, i) => numbers[i] !== number);
  if (at >= 0 && numbers[at]! < FIRST_FAULTY[at]!) return undefined;
  return `Warning: Deno ${version} answers requests that offer to upgrade the protocol (as Java's and Apache's HTTP ` +
    `clients and curl --http2 send them) by 400. Use Deno 2.8.2, or a proxy in front.\n`;
}
