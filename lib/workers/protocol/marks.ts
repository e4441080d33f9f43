/**
 * Marks in what a worker prints: they say which call the prints between them belong to. A call that prints nothing makes
 * none.
 * @module
 */

/** The variable by which a worker is told the secret of its marks: what user code prints must not look like one. */
export const MARK_VARIABLE = "TESSERACT_PRINT_MARK";

/** Marks begin with this byte, which text has no use for. */
const RECORD_SEPARATOR = 0x1e;
const NEWLINE = 0x0a;
/** No mark has more digits. */
const LONGEST_NUMBER = 10;

/** A call begins to print, or it will print no more. */
export interface Mark {
  readonly kind: "begin" | "end";
  /** The call, by its number in the protocol. */
  readonly id: number;
}

/** A mark as it is printed. */
export function formatMark(secret: string, { kind, id }: Mark): string {
  return `\x1e${secret}${kind === "begin" ? "+" : "-"}${id}\n`;
}

/** Takes marks and prints apart, whatever pieces they come in. */
export class MarkReader {
  readonly #secret: Uint8Array;
  #rest = new Uint8Array();

  constructor(secret: string) {
    this.#secret = new TextEncoder().encode(`\x1e${secret}`);
  }

  /** The prints and marks of the next piece. What may become a mark is kept for the next time. */
  *read(piece: Uint8Array): Generator<Uint8Array | Mark> {
    const bytes = this.#rest.length === 0 ? piece : concat(this.#rest, piece);
    this.#rest = new Uint8Array();
    let start = 0;
    for (let at = 0; (at = bytes.indexOf(RECORD_SEPARATOR, at)) >= 0;) {
      const mark = this.#markAt(bytes, at);
      if (mark === "no mark") {
        at++;
        continue;
      }
      if (at > start) yield bytes.subarray(start, at);
      if (mark === "cut off") {
        this.#rest = bytes.slice(at);
        return;
      }
      yield mark;
      start = at = bytes.indexOf(NEWLINE, at) + 1;
    }
    if (start < bytes.length) yield bytes.subarray(start);
  }

  /** What was kept, when nothing more comes. */
  finish(): Uint8Array {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    return rest;
  }

  #markAt(bytes: Uint8Array, at: number): Mark | "no mark" | "cut off" {
    const secret = this.#secret;
    for (let i = 0; i < secret.length; i++) {
      if (at + i === bytes.length) return "cut off";
      if (bytes[at + i] !== secret[i]) return "no mark";
    }
    const from = at + secret.length;
    const end = bytes.subarray(from, from + LONGEST_NUMBER + 2).indexOf(NEWLINE);
    if (end < 0) return bytes.length - from < LONGEST_NUMBER + 2 ? "cut off" : "no mark";
    const [, sign, digits] = /^([+-])(\d+)$/.exec(new TextDecoder().decode(bytes.subarray(from, from + end))) ?? [];
    if (digits === undefined) return "no mark";
    return { kind: sign === "+" ? "begin" : "end", id: Number(digits) };
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
