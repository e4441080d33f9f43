/**
 * Base64 from bytes to bytes. The functions of the platform are fast, but take and give strings, whose length is
 * limited: large arrays are converted in chunks.
 * @module
 */

interface NativeBase64 {
  toBase64(): string;
  setFromBase64(text: string): { read: number; written: number };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = new TextEncoder().encode(DIGITS);
const VALUES = new Uint8Array(256).fill(255);
CODES.forEach((code, value) => VALUES[code] = value);

/** Bytes per chunk, a multiple of 3: the base64 of each chunk but the last needs no padding. */
const PIECE = 3 * 2 ** 18;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const EQUALS = 61;

const hasNative = (method: keyof NativeBase64): boolean => method in Uint8Array.prototype;

/** The length of the base64 text of so many bytes. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Writes the digits of `bytes` to the beginning of `out`. */
export function writeBase64(bytes: Uint8Array, out: Uint8Array): void {
  if (!hasNative("toBase64")) return writeDigits(bytes, out);
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE) as unknown as NativeBase64;
    encoder.encodeInto(piece.toBase64(), out.subarray(at / 3 * 4));
  }
}

function writeDigits(bytes: Uint8Array, out: Uint8Array): void {
  const whole = bytes.length - bytes.length % 3;
  let to = 0;
  for (let at = 0; at < whole; at += 3) {
    const bits = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
    out[to++] = CODES[bits >>> 18]!;
    out[to++] = CODES[bits >>> 12 & 63]!;
    out[to++] = CODES[bits >>> 6 & 63]!;
    out[to++] = CODES[bits & 63]!;
  }
  // Only the last digits may be padded.
  encoder.encodeInto(btoa(String.fromCharCode(...bytes.subarray(whole))), out.subarray(to));
}

/** The bytes that padded base64 stands for. Throws an `Error` if `text` is not valid base64. */
export function readBase64(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = text;
  const padding = text[length - 1] !== EQUALS ? 0 : text[length - 2] !== EQUALS ? 1 : 2;
  if (length % 4 === 0) {
    const out = new Uint8Array(length / 4 * 3 - padding);
    try {
      if (hasNative("setFromBase64") ? readNative(text, out) : readDigits(text, out)) return out;
    } catch {
      // The platform's functions throw at a character that is no digit.
    }
  }
  throw new Error("the buffer is no base64 text");
}

function readNative(text: Uint8Array, out: Uint8Array): boolean {
  for (let at = 0; at < out.length; at += PIECE) {
    const digits = decoder.decode(text.subarray(at / 3 * 4, (at + PIECE) / 3 * 4));
    const target = out.subarray(at, at + PIECE);
    const { written } = (target as unknown as NativeBase64).setFromBase64(digits);
    if (written !== target.length) return false;
  }
  return true;
}

function readDigits(text: Uint8Array, out: Uint8Array): boolean {
  const { length } = out;
  const whole = length - length % 3;
  let wrong = 0;
  let from = 0;
  for (let at = 0; at < whole; at += 3, from += 4) {
    const a = VALUES[text[from]!]!,
      b = VALUES[text[from + 1]!]!,
      c = VALUES[text[from + 2]!]!,
      d = VALUES[text[from + 3]!]!;
    wrong |= a | b | c | d;
    out[at] = a << 2 | b >>> 4;
    out[at + 1] = b << 4 | c >>> 2;
    out[at + 2] = c << 6 | d;
  }
  const rest = atob(decoder.decode(text.subarray(from)));
  for (let i = 0; i < rest.length; i++) out[whole + i] = rest.charCodeAt(i);
  return wrong < 64 && whole + rest.length === length;
}
