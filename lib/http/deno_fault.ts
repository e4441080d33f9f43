/** The first version of Deno whose HTTP/1.1 server answers an offer to upgrade the protocol by 400. */
const FIRST_FAULTY = "2.8.3";

/**
 * What is wrong with HTTP in a version of Deno, as a line for the operator; `undefined`: nothing that is known. Tests
 * compare this with what `tests/http/conformance.ts` finds.
 */
export function denoFault(version: string): string | undefined {
  if (version.localeCompare(FIRST_FAULTY, "en", { numeric: true }) < 0) return undefined;
  return `Warning: Deno ${version} answers requests that offer to upgrade the protocol (as Java's and Apache's HTTP ` +
    `clients and curl --http2 send them) by 400. Use Deno 2.8.2, or a proxy in front.\n`;
}
