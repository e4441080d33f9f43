/**
 * An exception in words: its class, its message, and where in the user's own files it was thrown.
 * `folder`: where these are, absolute.
 */
export function describeException(error: unknown, folder?: string): string {
  if (!(error instanceof Error)) return `Error: '${String(error)}'`;
  const name = error.name === "Error" ? error.constructor.name || "Error" : error.name;
  const place = folder === undefined ? undefined : placeIn(folder, error.stack ?? "");
  return `${name}: '${error.message}'${place ? ` in file ${place.file}, line ${place.line}` : ""}`;
}

function placeIn(folder: string, stack: string): { file: string; line: string } | undefined {
  for (const [, url, line] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+):\d+/g)) {
    const file = decodeURIComponent(new URL(url!).pathname);
    if (file.startsWith(folder.endsWith("/") ? folder : `${folder}/`)) return { file, line: line! };
  }
  return undefined;
}
