/**
 * The names of npm packages in import specifiers.
 * @module
 */

/** The bare name that `npm:name@version/path` is without its version: `name/path`. Other specifiers stay as they are. */
export function bareName(specifier: string): string {
  return specifier.replace(/^npm:\/?((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?/, "$1");
}

/** The package that a bare name is of: `@scope/name/path` is a file of `@scope/name`. */
export function packageOf(bare: string): string {
  return bare.split("/", bare.startsWith("@") ? 2 : 1).join("/");
}
