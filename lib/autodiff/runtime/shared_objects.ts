/**
 * Objects that are the same for `apply` itself, for all copies of a module and for all other code: what a call stores
 * on them would be a constant for the next call, whatever it was computed from.
 * @module
 */
import { state } from "./active.ts";
import { isGlobal } from "./deep.ts";
import { kindOf } from "./kinds.ts";
import { callerPlace, failRun } from "./not_followed.ts";
import { again, KEEPS_STATE, startAgain } from "./start_again.ts";

/** The module keeps state: if that was not known, the call begins again. While a module is loaded, no call runs. */
function kept<T>(o: T): T {
  return again.keepsState || state.block.state === "over" ? o : startAgain(KEEPS_STATE);
}

/**
 * Returns an object of which a property is about to be changed. Throws if it is a global one, or a function of other
 * code. What is stored on a function, a class or a prototype of the module stays there after the call.
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
