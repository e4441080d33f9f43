/**
 * Objects that are the same for `apply` itself, for all copies of a module and for all other code: what a call keeps on
 * them would be a constant for the next, whatever it was computed from.
 * @module
 */
import { state } from "./active.ts";
import { isGlobal } from "./deep.ts";
import { kindOf } from "./kinds.ts";
import { callerPlace, failRun } from "./not_followed.ts";
import { again, KEEPS_STATE, startAgain } from "./start_again.ts";

/** While a module is loaded, nothing is computed. */
function kept<T>(o: T): T {
  return again.keepsState || state.block.state === "over" ? o : startAgain(KEEPS_STATE);
}

/**
 * The object itself, of which a property is to be changed. Throws if it is a global one, or a function of other code. A
 * function, a class or a prototype of the module keeps what is left on it.
 */
export function changed<T>(o: T): T {
  if (typeof o === "function") {
    if (kindOf(o) === "followed") return kept(o);
  } else if (typeof o !== "object" || o === null) return o;
  else if (!isGlobal(o)) {
    if (!Object.hasOwn(o, "constructor")) return o;
    // The prototype of a class, if it is one.
    const { value } = Object.getOwnPropertyDescriptor(o, "constructor")!;
    if (typeof value !== "function" || value.prototype !== o) return o;
    if (kindOf(value) === "followed") return kept(o);
  }
  throw failRun(
    new TypeError(
      `${
        callerPlace() ?? "apply"
      }: a property of a global object, or of a function from elsewhere, is changed here, where ` +
        "derivatives cannot follow what is kept; keep it in a variable of the module",
    ),
  );
}
