/**
 * Parsing decimal numbers from bytes, correctly rounded, without making a string first.
 *
 * A short number is digits · 10^n or digits / 10^n, both exact, so that rounding once is right (W. D. Clinger, "How to
 * read floating point numbers accurately", 1990). A longer one is a sum whose first, large term is exact. The error of
 * the other terms matters only if the sum is close to the middle between two floats. Then, for one number in some
 * thousands, this gives up, and the caller uses `Number`.
 * @module
 */

const [ZERO, MINUS, PLUS, POINT, E] = [48, 45, 43, 46, 101];

/** The powers of ten that are exactly floats. */
const EXACT = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const MOST_EXACT = EXACT.length - 1;

/** Tables for the powers of ten from 10^−LARGEST to 10^LARGEST: the nearest float, its first 23 bits, and the rest. */
const LARGEST = 150;
const POWERS = new Float64Array(2 * LARGEST + 1);
const FIRST_BITS = new Float64Array(2 * LARGEST + 1);
const OTHER_BITS = new Float64Array(2 * LARGEST + 1);

/** How many digits may follow the first nine. */
const MOST_LOWER = 12;

for (let i = 0; i < POWERS.length; i++) {
  const power = Number(`1e${i - LARGEST}`);
  const unit = 2 ** (Math.floor(Math.log2(power)) - 22);
  const first = Math.floor(power / unit) * unit;
  POWERS[i] = power;
  FIRST_BITS[i] = first;
  OTHER_BITS[i] = difference(i - LARGEST, first);
}

/** 10^n − value, for a value close to 10^n. */
function difference(n: number, value: number): number {
  const tens = 10n ** BigInt(Math.abs(n));
  if (n >= 0) return Number(tens - BigInt(value));
  // (2^600 − value·2^600·tens) / (2^600·tens): value·2^600 is a whole number.
  return Number(2n ** 600n - BigInt(value * 2 ** 600) * tens) / 2 ** 600 / Number(tens);
}

/**
 * Integers beyond `SAFE` must become bigints, which this does not read. Those written as floats (`1e20`) need not if
 * they are beyond `BEYOND_INTEGERS`, because no integer dtype holds them.
 */
const [SAFE, BEYOND_INTEGERS] = [Number.MAX_SAFE_INTEGER, 2 ** 64];

/**
 * Reads the JSON number at `at` into `out[index]`. A byte must follow that is not part of a number, and three more of
 * any kind.
 *
 * @returns where the number ends; -1 if there is no number, or one that this does not read: with too many digits, too
 * large, or an integer beyond ±(2^53−1), of which no digit may be lost.
 */
export function readDecimal(bytes: Uint8Array, view: DataView, at: number, out: Float64Array, index: number): number {
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  // The number is (high · 10^(lowDigits + restDigits) + low · 10^restDigits + rest) · 10^exponent. `| 0` keeps them
  // 32-bit integers.
  let high = 0;
  let low = 0;
  let lowDigits = 0;
  let rest = 0;
  let restDigits = 0;
  let exponent = 0;
  const start = at;
  let digit = bytes[at]! - ZERO;
  for (; digit >>> 0 <= 9 && high < 1e8; digit = bytes[++at]! - ZERO) high = Math.imul(high, 10) + digit | 0;
  for (; digit >>> 0 <= 9 && lowDigits < 9; digit = bytes[++at]! - ZERO) {
    low = Math.imul(low, 10) + digit | 0;
    lowDigits++;
  }
  const point = at;
  if (point === start || (bytes[start] === ZERO && point > start + 1)) return -1;
  if (digit === POINT - ZERO) {
    at++;
    for (;; at += 4) {
      // Four digits at once. The lowest byte of `odd` that is not 0 marks the first character that is not a digit.
      const four = view.getUint32(at, true) ^ 0x30303030;
      const odd = (four | four + 0x76767676) & 0x80808080;
      if (odd !== 0) {
        restDigits = (31 - Math.clz32(odd & -odd)) >> 3;
        rest = valueOf(four << 8 * (3 - restDigits) << 8);
        at += restDigits;
        break;
      }
      if (high < 1e5) high = Math.imul(high, 10000) + valueOf(four) | 0;
      else if (lowDigits < 5) {
        low = Math.imul(low, 10000) + valueOf(four) | 0;
        lowDigits += 4;
      } else return -1;
    }
    exponent = point + 1 - at;
    if (exponent === 0) return -1;
    digit = bytes[at]! - ZERO;
  }
  if ((digit + ZERO | 32) === E) {
    const sign = bytes[++at];
    if (sign === MINUS || sign === PLUS) at++;
    const first = at;
    let written = 0;
    for (digit = bytes[at]! - ZERO; digit >>> 0 <= 9 && written < 1000; digit = bytes[++at]! - ZERO) {
      written = Math.imul(written, 10) + digit | 0;
    }
    if (at === first) return -1;
    exponent = exponent + (sign === MINUS ? -written : written) | 0;
  }
  let value: number;
  if (lowDigits === 0 && exponent <= MOST_EXACT && exponent >= -MOST_EXACT) {
    const digits = high * EXACT[restDigits]! + rest;
    value = exponent < 0 ? digits / EXACT[-exponent]! : digits * EXACT[exponent]!;
  } else if (exponent <= LARGEST - MOST_LOWER && exponent >= -LARGEST) {
    const unit = exponent + LARGEST;
    const lowUnit = unit + restDigits;
    const highUnit = lowUnit + lowDigits;
    // `first` is exact: 30 bits times 23 bits. The other terms are not negative, and each is rounded four times, so the
    // relative error of their sum is less than 2^-50. If both bounds round to the same float, so does the number.
    const first = high * FIRST_BITS[highUnit]!;
    const others = high * OTHER_BITS[highUnit]! + (low * POWERS[lowUnit]! + rest * POWERS[unit]!);
    value = first + others * (1 + 2 ** -50);
    if (value !== first + others * (1 - 2 ** -50)) return -1;
  } else return -1;
  if (value > SAFE && (at === point || value <= BEYOND_INTEGERS)) return -1;
  out[index] = isNegative ? -value : value;
  return at;
}

/** The number of four digits, each in a byte, the first one in the lowest. */
function valueOf(digits: number): number {
  // Two pairs at once: the first in byte 0, the second in byte 2.
  const pairs = Math.imul(digits, 10) + (digits >>> 8);
  return (pairs & 0xff) * 100 + (pairs >>> 16 & 0xff);
}
