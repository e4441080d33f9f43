/**
 * All operations that rewritten code calls: it imports this module as one namespace.
 * @module
 */
import { knowBuiltIns } from "./builtins.ts";

export * from "./operators.ts";
/** A value in a condition or an equality: an active number by its value. */
export { strip as t } from "./active.ts";
export { base, c, construct, m, mk, named, tagged } from "./calls.ts";
export { get, objectOf, ref, set } from "./members.ts";
export { bufferOf } from "./views.ts";
export { ofSuper, print, printed, printedBefore, printedMember, thrown } from "./printed.ts";
export { changed } from "./shared_objects.ts";
export { math as Math } from "./math.ts";
export { box, grow, memberChanged, num, own, part, products, rec, T, val, writable } from "./specialised.ts";

knowBuiltIns();
