/** For tests of what is refused. */
import assert from "node:assert/strict";
import { ArrayFault } from "../../lib/arrays/fault.ts";

/** The fault that `run` throws, if any. */
export function faultOf(run: () => unknown): ArrayFault | undefined {
  try {
    run();
    return undefined;
  } catch (fault) {
    assert(fault instanceof ArrayFault, String(fault));
    return fault;
  }
}
