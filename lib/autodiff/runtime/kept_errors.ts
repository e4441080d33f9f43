/**
 * Errors whose text was made of active numbers. Followed code may catch them, throw them again and print them, but not
 * read their text: a number parsed from it would have no derivative.
 * @module
 */
import { notFollowed } from "./not_followed.ts";

interface Kept {
  readonly message: string;
  readonly stack: string;
  /** What `String(error)` is. */
  readonly text: string;
}

const kept = new WeakMap<object, Kept>();

/** Is something being printed? Then the text may be read. */
let isPrinting = false;

export const isKept = (x: unknown): boolean => typeof x === "object" && x !== null && kept.has(x);

export const textOf = (x: unknown): Kept => kept.get(x as object)!;

/** Keeps the text of an error from being read. */
export function keep(made: Error): void {
  const { message, stack = "" } = made;
  const text = String(made);
  kept.set(made, { message, stack, text });
  for (const [name, value] of Object.entries({ message, stack })) {
    Object.defineProperty(made, name, {
      configurable: true,
      get() {
        if (isPrinting) return value;
        throw notFollowed(
          `is in the text of an error, whose ${name} is read here`,
          "keep the number in a variable, or make the error of stopGradient(x)",
        );
      },
      set(this: object, other: unknown) {
        write(this, name, other);
      },
    });
  }
}

const write = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
};

/** Makes the text of an error that leaves a run readable again, and that of its causes. */
export function reveal(x: unknown, seen = new Set<unknown>()): void {
  if (typeof x !== "object" || x === null || seen.has(x)) return;
  seen.add(x);
  if (isKept(x)) {
    const { message, stack } = textOf(x);
    for (const [name, value] of Object.entries({ message, stack })) {
      // A text that the author's code assigned to it stays.
      if (Object.getOwnPropertyDescriptor(x, name)?.get) write(x, name, value);
    }
    kept.delete(x);
  }
  if (!(x instanceof Error)) return;
  reveal(x.cause, seen);
  if (x instanceof AggregateError && Array.isArray(x.errors)) { for (const part of x.errors) reveal(part, seen); }
}

/** Runs what prints, during which the text of kept errors may be read. */
export function printing<R>(print: () => R): R {
  const outer = isPrinting;
  isPrinting = true;
  try {
    return print();
  } finally {
    isPrinting = outer;
  }
}
