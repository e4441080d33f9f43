/**
 * Decimal numbers from bytes, correctly rounded, without a text in between.
 *
 * A number of up to 18 digits is digits · 10^exponent. Both factors are kept as the sum of two floats, and their
 * product, known to 100 bits (T. J. Dekker, "A floating-point technique for extending the available precision", 1971),
 * is rounded once. In the rare case that lies so close to the middle between two floats that 100 bits do not decide
 * (W. D. Clinger, "How to read floating point numbers accurately", 1990), `Number` does.
 * @module
 */

const [ZERO, MINUS, PLUS, POINT, E] = [48, 45, 43, 46, 101];

/** Powers of ten from 10^−LARGEST to 10^LARGEST: what else there is, is left to `Number`. */
const LARGEST = 128;

/** For each power three numbers: the float next to it, the upper half of that one's digits, and what it is short of. */
const POWERS = new Float64Array(3 * (2 * LARGEST + 1));

/** Splits a float into two with 26 digits each: with 2^27 + 1 (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

for (let exponent = -LARGEST; exponent <= LARGEST; exponent++) {
  const power = Number(`1e${exponent}`);
  const scaled = SPLITTER * power;
  POWERS.set([power, scaled - (scaled - power), remainder(power, exponent)], 3 * (exponent + LARGEST));
}

/** 10^exponent − power. */
function remainder(power: number, exponent: number): number {
  const tens = 10n ** BigInt(Math.abs(exponent));
  if (exponent >= 0) return Number(tens - BigInt(power));
  // (2^n − power·2^n·tens) / (2^n·tens), n large enough to make power·2^n a whole number
  const n = 1074 - 500;
  return Number((1n << BigInt(n)) - BigInt(power * 2 ** n) * tens) / 2 ** n / Number(tens);
}

/** Exact powers of ten, for the lower digits. */
const EXACT = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Beyond this, the product of upper digits and a power of `EXACT` might not be exact. */
const MOST_DIGITS = 1e18;

/** From here on a whole number may need care; beyond all integer dtypes one that is written as a float does not. */
const [SAFE, BEYOND_INTEGERS] = [Number.MAX_SAFE_INTEGER, 2 ** 64];

/**
 * Reads the JSON number at `at` and puts it into `out[index]`. There must be a byte behind it that belongs to no
 * number, and three more of any kind.
 *
 * @returns where the number ends; -1 if there is none, or one for `Number`: with too many digits, too large, or a
 * whole one beyond ±(2^53−1), of which no digit may be lost.
 */
export function readDecimal(bytes: Uint8Array, view: DataView, at: number, out: Float64Array, index: number): number {
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  // The number is (high · 10^lowDigits + low) · 10^exponent.
  let high = 0;
  let low = 0;
  let lowDigits = 0;
  let exponent = 0;
  const start = at;
  let digit = bytes[at]! - ZERO;
  for (; digit >>> 0 <= 9; digit = bytes[++at]! - ZERO) {
    if (high < 1e8) high = high * 10 + digit;
    else {
      low = low * 10 + digit;
      lowDigits++;
    }
  }
  if (at === start || (bytes[start] === ZERO && at > start + 1)) return -1;
  const isWhole = digit !== POINT - ZERO && (digit + ZERO | 32) !== E;
  if (digit === POINT - ZERO) {
    const fraction = ++at;
    for (let four = fourDigits(view, at); four >= 0; four = fourDigits(view, at)) {
      if (high < 1e5) high = high * 1e4 + four;
      else {
        low = low * 1e4 + four;
        lowDigits += 4;
      }
      at += 4;
    }
    for (digit = bytes[at]! - ZERO; digit >>> 0 <= 9; digit = bytes[++at]! - ZERO) {
      if (high < 1e8 && lowDigits === 0) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        lowDigits++;
      }
    }
    if (at === fraction) return -1;
    exponent = fraction - at;
  }
  if ((digit + ZERO | 32) === E) {
    const sign = bytes[++at];
    if (sign === MINUS || sign === PLUS) at++;
    const first = at;
    let written = 0;
    for (digit = bytes[at]! - ZERO; digit >>> 0 <= 9; digit = bytes[++at]! - ZERO) written = written * 10 + digit;
    if (at === first) return -1;
    exponent += sign === MINUS ? -written : written;
  }
  const upper = high * EXACT[lowDigits]!;
  if (!(lowDigits < EXACT.length && upper < MOST_DIGITS && Math.abs(exponent) <= LARGEST)) return -1;
  const digits = upper + low;
  const value = exponent === 0 && lowDigits === 0 ? high : timesPower(digits, low - (digits - upper), exponent);
  if (!(value <= SAFE || (value > BEYOND_INTEGERS && !isWhole))) return -1;
  out[index] = isNegative ? -value : value;
  return at;
}

/** The value of four digits, the first one in the lowest byte; negative if one of the bytes is no digit. */
function fourDigits(view: DataView, at: number): number {
  const word = view.getUint32(at, true);
  if ((word & 0xf0f0f0f0) !== (0x30303030 | 0) || (word + 0x06060606 & 0xf0f0f0f0) !== (0x30303030 | 0)) return -1;
  // Two pairs at once, the first in byte 0, the second in byte 2.
  const digits = word & 0x0f0f0f0f;
  const pairs = Math.imul(digits, 10) + (digits >>> 8);
  return (pairs & 0xff) * 100 + (pairs >>> 16 & 0xff);
}

/**
 * (digits + rest) · 10^exponent, rounded once; `NaN` where that cannot be told. `rest` is at most half a unit in the
 * last place of `digits`.
 *
 * product + error is digits · power, exactly. With u = 2^-53, what is left out and the roundings in `tail` come to less
 * than 16 u² · product, far less than `margin`. So the true value is between product + (tail − margin) and
 * product + (tail + margin), and where both round to the same float, so does all that is between them.
 */
function timesPower(digits: number, rest: number, exponent: number): number {
  const at = 3 * (exponent + LARGEST);
  const power = POWERS[at]!;
  const powerHigh = POWERS[at + 1]!;
  const powerLow = power - powerHigh;
  const scaled = SPLITTER * digits;
  const high = scaled - (scaled - digits);
  const low = digits - high;
  const product = digits * power;
  const error = ((high * powerHigh - product) + high * powerLow + low * powerHigh) + low * powerLow;
  const tail = error + (digits * POWERS[at + 2]! + rest * power);
  const margin = product * 2 ** -100;
  const value = product + (tail + margin);
  return value === product + (tail - margin) ? value : NaN;
}
