/**
 * What a worker prints, line by line.
 * @module
 */

/** A line without an end is cut here. */
const LONGEST = 1 << 16;

/**
 * Passes on the lines of a stream, each with its line break, all that came together in one text, until the stream ends.
 * The next are read when `write` is done: who prints more than can be written has to wait.
 */
export async function passLines(
  stream: ReadableStream<Uint8Array>,
  prefix: () => string,
  write: (text: string) => Promise<void>,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > LONGEST) {
      lines.push(rest);
      rest = "";
    }
    const start = prefix();
    if (lines.length > 0) await write(lines.map((line) => `${start}${line}\n`).join(""));
  }
  if (rest !== "") await write(`${prefix()}${rest}\n`);
}
