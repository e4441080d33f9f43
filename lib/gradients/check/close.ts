/** What derivatives and differences may be apart whatever their size. */
export const DIFFERENCE_ATOL = 1e-8;

/** Is this not the same derivative? `|difference − value| > 1e-8 + rtol·|value|`, or one of them is no number. */
export function differs(value: number, difference: number, rtol: number): boolean {
  return value !== difference && !(Math.abs(difference - value) <= DIFFERENCE_ATOL + rtol * Math.abs(value));
}
