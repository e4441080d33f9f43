/** Is it a URI, such as `s3://bucket/prefix`, and not a path? */
export function isUri(text: string): boolean {
  return schemeOf(text) !== undefined;
}

/** The scheme of a URI, in lower case; `undefined` for a path. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
}
