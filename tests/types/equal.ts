/** Compiles only if both types are the same, `any` and modifiers included. */
export function same<A, B>(..._: Equal<A, B> extends true ? [] : ["these types differ", A, B]): void {}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
