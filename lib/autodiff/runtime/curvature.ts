/**
 * Second derivatives of statements: what the derivative of a gradient needs besides the tape. They are noted only while
 * `state.twice` is set.
 * @module
 */

/**
 * For each statement that is not linear: its number, and the second derivatives of its value f(a, b) by the values of
 * its entries: ∂²f/∂a², ∂²f/∂a∂b, ∂²f/∂b².
 */
export const curvature = { statements: [] as number[], seconds: [] as number[] };

export function clearCurvature(): void {
  curvature.statements = [];
  curvature.seconds = [];
}

/** Notes the second derivatives of a statement. */
export function bend(statement: number, aa: number, ab: number, bb: number): void {
  curvature.statements.push(statement);
  curvature.seconds.push(aa, ab, bb);
}
