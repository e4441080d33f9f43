/**
 * Types that refuse keys that a schema does not have. TypeScript looks for such keys only in literals with a
 * declared type, never in what a function returns.
 * @module
 */

/**
 * `F`, if its result fits `Allowed` and has no other keys. Else the function type that is expected, so that the
 * compiler's message names the wrong field, and points at it if `F` is an arrow function whose body is the result. For
 * such a message the type must be a single signature, not an intersection with `F`; and its parameters must be those of
 * `F`'s bound, because TypeScript infers the types of the author's parameters from them.
 */
export type Exact<F extends (...args: never) => unknown, Parameters extends readonly unknown[], Allowed> =
  Awaited<ReturnType<F>> extends Fitting<Awaited<ReturnType<F>>, Allowed> ? F
    : (...args: Parameters) => Wrapped<ReturnType<F>, Fitting<Awaited<ReturnType<F>>, Allowed>>;

type Fitting<T, Allowed> = T extends Allowed ? Only<T, Allowed> : Allowed;

/** `T`, in a promise if `Result` is one. */
type Wrapped<Result, T> = Result extends Promise<unknown> ? Promise<T> : T;

/**
 * Any value. As the expected return type of a function it makes TypeScript infer literal types: `"float32"` instead of
 * `string`, `[2, 3]` instead of `number[]`. (Functions without parameters are inferred before the schemas are known.)
 */
export type Literal = NonNullable<unknown> | null | undefined | "" | readonly [Literal?] | {
  readonly [key: string]: Literal;
};

export type MaybePromise<T> = T | Promise<T>;

/**
 * `T`, where each key that `Allowed` does not have must be of a string type that no value has: the compiler shows this
 * string as the error.
 */
type Only<T, Allowed> = unknown extends Allowed ? T
  : [Literal] extends [T] ? T
  : T extends Whole ? T
  : T extends readonly unknown[]
    ? { [K in keyof T]: Only<T[K], Allowed extends readonly (infer Item)[] ? Item : never> }
  : string extends keyof T ? T
  : { [K in keyof T]: K extends KeyOf<Allowed> ? Only<T[K], At<Allowed, K>> : `${K & string} is not in the schema` };

/** Values whose keys are not compared: plain values, typed arrays, arrays. */
type Whole =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | ArrayBufferView
  | { readonly dtype: unknown; readonly data: unknown };

/** The keys of any member of a union. */
type KeyOf<T> = T extends unknown ? keyof T : never;

/** The values of a key in the members of a union that have it. */
type At<T, K> = T extends unknown ? K extends keyof T ? T[K] : never : never;
